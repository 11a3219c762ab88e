"""The wine bottle: eight-sided body, shoulder and neck."""

from __future__ import annotations

from pathlib import Path

from benchmarks.assets.dishes import start
from benchmarks.assets.mjcf import box, cylinder, ellipsoid, prism
from benchmarks.assets.textures import Canvas, cube_faces


def build(root: Path) -> None:
    """Write the bottle below `root`: 159 mm high, body 43 mm and neck 15 mm across."""
    file = start("wine_bottle")
    file.collide(prism(0.0198, 0.0011, 0.0630, inset=0.002))
    file.collide([box((0, 0, 0.0685), (0.0150, 0.0150, 0.0060))])
    file.collide(
        [box((0, 0, 0.0811), (0.0118, 0.0118, 0.0070)), box((0, 0, 0.0935), (0.0080, 0.0080, 0.0070))]
    )
    file.collide(prism(0.0070, 0.0950, 0.1580))
    glass = file.material("wine_glass", (0.02, 0.07, 0.03), shine=0.9)
    cork = file.material("wine_cork", file="cork_texture.png", shine=0.1)
    label = file.material("wine_label", file="label_wine.png", cube=True, shine=0.1)
    file.show([cylinder(0.0216, 0.0, 0.0640), ellipsoid((0, 0, 0.0640), (0.0215, 0.0215, 0.0300))], glass)
    file.show([cylinder(0.0076, 0.0800, 0.1480)], glass)
    file.show([cylinder(0.0072, 0.1460, 0.1588)], cork)
    file.show([cylinder(0.0219, 0.0180, 0.0520)], label)
    folder = root / "turbosquid_objects/wine_bottle"
    Canvas(16, (227, 177, 115)).grain(12, "cork").save(folder / "cork_texture.png")
    paper = (
        Canvas(64, (236, 228, 205))
        .rectangle(0, 0, 64, 8, (120, 20, 30))
        .text("WINE", 32, 30, (90, 15, 25), 2)
    )
    paper = paper.rectangle(10, 46, 54, 49, (150, 120, 60))
    plain = Canvas(64, (7, 20, 9))
    # The label covers the front half, the rest of the band is glass.
    cube_faces([plain, paper.turned(3), plain, plain, plain, plain]).save(folder / "label_wine.png")
    file.write(folder / "wine_bottle.xml")
