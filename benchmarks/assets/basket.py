"""The basket of libero_object: an open box with leaning walls."""

from __future__ import annotations

from pathlib import Path

from benchmarks.assets.dishes import start
from benchmarks.assets.mjcf import Geom, ObjectFile, about, box
from benchmarks.assets.textures import woven

FLOOR = box((0.0025, 0, 0.0131), (0.0766, 0.0724, 0.0085))
WALLS = [
    box((-0.0727, 0, 0.0766), (0.0067, 0.0724, 0.0637), about("y", -4.4)),
    box((0.0756, 0, 0.0766), (0.0067, 0.0724, 0.0637), about("y", 2.9)),
    box((0.0005, -0.0685, 0.0818), (0.0724, 0.0067, 0.0637), about("x", 3.0)),
    box((-0.0002, 0.0691, 0.0818), (0.0724, 0.0067, 0.0637), about("x", -2.7)),
]
"""Floor and walls as in LIBERO's basket.xml; the walls lean outward by three to four degrees."""


def build(root: Path) -> None:
    """Write the basket below `root`."""
    file = start("basket")
    file.collide([FLOOR, *WALLS])
    wicker = file.material("basket", file="texture.png", cube=True, shine=0.1)
    file.show([FLOOR, *WALLS], wicker)
    _handles(file)
    # The goal predicate asks whether an object's origin is inside this box.
    file.site("contain_region", (0, 0, 0.07185), (0.06108, 0.06108, 0.06949), file.object, (0, 0, 0, 1))
    folder = root / "stable_scanned_objects/basket"
    woven("basket").save(folder / "texture.png")
    file.write(folder / "basket.xml")


def _handles(file: ObjectFile) -> None:
    """Darker bands around the upper edge, drawn only: they lie on the walls."""
    band = file.material("basket_band", (0.60, 0.44, 0.26), shine=0.1)
    bands: list[Geom] = []
    for x, lean in ((-0.0774, -4.4), (0.0786, 2.9)):
        bands.append(box((x, 0, 0.134), (0.0072, 0.0730, 0.006), about("y", lean)))
    for y, lean in ((-0.0712, 3.0), (0.0716, -2.7)):
        bands.append(box((0, y, 0.139), (0.0730, 0.0072, 0.006), about("x", lean)))
    file.show(bands, band)
