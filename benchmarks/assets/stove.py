"""The flat stove: a plate with one burner, and a knob that turns on a hinge.

Numbers are those of LIBERO's flat_stove.xml. A site called `burner` glows red; LIBERO's code hides it
while the knob is turned off.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from benchmarks.assets.measured import OBJECTS
from benchmarks.assets.mjcf import Geom, ObjectFile, add, box, cylinder, ring
from benchmarks.assets.textures import Canvas

HALF = 0.095
"""Half edge of the square base plate (m)."""

KNOB = [
    box((0.0013, 0.0046, 0.0066), (0.0340, 0.0340, 0.0062)),
    box((0.0013, 0.0046, 0.0066), (0.0480, 0.0142, 0.0062)),
    box((0.0013, 0.0046, 0.0066), (0.0142, 0.0480, 0.0062)),
    box((0.0013, 0.0046, 0.0066), (0.0440, 0.0250, 0.0062)),
    box((0.0013, 0.0046, 0.0066), (0.0250, 0.0440, 0.0062)),
]
"""The knob's disc, 13 mm thick and 96 mm across, from crossed boxes."""

GRIP = [
    box((0.0014, 0.0174, 0.0257), (0.0121, 0.0345, 0.0243)),
    box((0.0012, -0.0225, 0.0245), (0.0121, 0.0103, 0.0195)),
    box((0.0011, -0.0364, 0.0171), (0.0121, 0.0042, 0.0166)),
]
"""The ridge that is gripped: 24 mm thick, 93 mm long, 50 mm high, lower at one end."""


def build(root: Path) -> None:
    """Write the stove below `root`."""
    file = ObjectFile("flat_stove")
    file.placement(*OBJECTS["flat_stove"].placement, size=0.05)
    file.material("stove_metal", file="flat_stove/metal.png", shine=0.9)
    file.material("stove_plate", (0.34, 0.34, 0.35), shine=0.5)
    file.material("stove_knob", file="flat_stove/button_dark_texture.png", shine=0.4)
    file.material("stove_mark", (0.85, 0.85, 0.85), shine=0.1)
    base = file.body("base", file.object)
    _burner(file, base)
    _knob(file, base)
    folder = root / "articulated_objects"
    Canvas(16, (150, 150, 152)).grain(10, "steel").save(folder / "flat_stove/metal.png")
    Canvas(16, (24, 24, 26)).grain(4, "knob").save(folder / "flat_stove/button_dark_texture.png")
    file.write(folder / "flat_stove.xml")


def _burner(file: ObjectFile, base: ET.Element) -> None:
    """The base plate, the burner on it and the region where things are cooked."""
    burner = file.body("burner", base, (0.15, 0, 0))
    file.site("cook_region", (0, 0, 0), (0.075, 0.075, 0.0025), burner, rgba="0.8 0.8 0 0")
    plain = {"solref": "0.02 1", "solimp": "0.9 0.95 0.001", "friction": "1 0.005 0.0001", "density": "1000"}
    file.collide([box((0, 0, 0), (HALF, HALF, 0.02))], burner, name="base", **plain)
    # Things rest on a thin plate 5 mm above the base, level with the top of the burner.
    rest = box((0, 0, 0.025), (HALF, HALF, 0.0005))
    file.collide([rest], burner, name="collision_burner", **{**plain, "rgba": "0 0 0 0"})
    file.show([box((0, 0, 0), (HALF, HALF, 0.02))], "stove_metal", burner, name="base_vis")
    plate = file.body("burner_plate", burner)
    file.show([cylinder(0.065, 0.0195, 0.0205)], "stove_plate", plate, name="burner")
    for count, radius in ((16, 0.0598), (12, 0.0412), (8, 0.0226)):
        wall = ring(count, radius, 0.0225, 0, thickness=0.0045, slope=0.0029)
        file.show(wall, "stove_plate", plate)
    glow = "0.9 0.05 0.05 1"
    file.site("burner", (0, 0, 0.022), (0.0625, 0.0005), burner, kind="cylinder", rgba=glow)


def _knob(file: ObjectFile, base: ET.Element) -> None:
    """The knob on its hinge: off at 0, on above 0.5 rad (LIBERO's FlatStove), stops at 2.1."""
    knob = file.body("button", base, quat=(0.7071068, 0, 0, 0.7071068))
    file.inertia(3, (0, 0, 0), (1, 1, 1), knob)
    limits = {"limited": "true", "range": "-0.005 2.1", "damping": "1"}
    add(knob, "joint", name="button", type="hinge", pos="0 0 0", axis="0 0 1", **limits)
    file.collide([*KNOB, *GRIP], knob)
    disc = cylinder(0.0480, 0.0003, 0.0128).at(dx=0.0013, dy=0.0046)
    file.show([disc, *GRIP], "stove_knob", knob)
    file.show([_mark()], "stove_mark", knob)


def _mark() -> Geom:
    """A pale line along the ridge that shows where the knob points."""
    return box((0.0014, 0.0300, 0.0500), (0.0015, 0.0190, 0.0006))
