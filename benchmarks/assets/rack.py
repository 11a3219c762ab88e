"""The wine rack: a leaning stand with two sloping shelves, each with a lip that stops the bottle."""

from __future__ import annotations

from pathlib import Path

from benchmarks.assets.dishes import start
from benchmarks.assets.mjcf import Geom, about, box
from benchmarks.assets.textures import wood

SLOPE = 31.3
"""Shelves rise towards +y by this many degrees (LIBERO's wine_rack.xml, as all numbers here)."""

SHELVES = [
    box((0, -0.0061, 0.2512), (0.1344, 0.0789, 0.0045), about("x", SLOPE)),
    box((0, -0.0427, 0.1273), (0.1344, 0.0789, 0.0045), about("x", SLOPE)),
]
LIPS = [
    box((0, -0.0748, 0.2207), (0.1322, 0.0011, 0.0087), about("x", 29.3)),
    box((0, -0.1091, 0.0974), (0.1322, 0.0011, 0.0087), about("x", 29.3)),
]
STAND = [
    box((0, 0, 0.0066), (0.0665, 0.0930, 0.0045)),
    box((0, 0.0693, 0.0101), (0.0900, 0.0600, 0.0045), about("x", -7.5)),
    box((0, -0.0643, 0.0126), (0.0900, 0.0600, 0.0045), about("x", 8.0)),
    box((0, 0, 0.0205), (0.0905, 0.0141, 0.0045)),
    box((0, 0.0089, 0.1703), (0.0076, 0.0091, 0.1616), about("x", -15.8)),
]


def build(root: Path) -> None:
    """Write the rack below `root`."""
    file = start("wine_rack")
    file.collide([*SHELVES, *LIPS, *STAND])
    light = file.material("rack_shelf", file="light-wood.png", cube=True, shine=0.2)
    dark = file.material("rack_stand", file="mahogany.png", cube=True, shine=0.3)
    groove = file.material("rack_groove", (0.50, 0.37, 0.24), shine=0.1)
    file.show(SHELVES, light)
    file.show(_grooves(), groove)
    file.show(LIPS, groove)
    file.show([*STAND[:1], *STAND[3:4], *_drawn_stand()], dark)
    # A bottle is on the rack when its origin is above this sloping box.
    tilt = (0.8549119, -0.5187733, 0.0, 0.0)
    file.site("top_region", (0, -0.08003, 0.21745), (0.10087, 0.022, 0.00251), file.object, tilt)
    folder = root / "turbosquid_objects/wine_rack"
    wood("light-wood", (208, 171, 133), planks=1).save(folder / "light-wood.png")
    wood("mahogany", (84, 28, 10), planks=1).save(folder / "mahogany.png")
    file.write(folder / "wine_rack.xml")


def _drawn_stand() -> list[Geom]:
    """Feet and pole with the outline that is drawn, which is up to 7 mm longer than what collides."""
    return [
        box((0, 0.0715, 0.0097), (0.0900, 0.0630, 0.0045), about("x", -7.5)),
        box((0, -0.0685, 0.0125), (0.0900, 0.0636, 0.0045), about("x", 8.0)),
        box((0, 0.0083, 0.1680), (0.0076, 0.0091, 0.1592), about("x", -15.8)),
    ]


def _grooves() -> list[Geom]:
    """Thin dark strips across the upper faces, drawn only."""
    strips = []
    for shelf in SHELVES:
        for x in (-0.09, -0.045, 0.0, 0.045, 0.09):
            strip = box(shelf.pos, (0.0025, 0.0789, 0.0049), shelf.quat)
            strips.append(strip.at(dx=x))
    return strips
