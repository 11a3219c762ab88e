"""The wooden cabinet: a shell and three drawers that slide along -y, each with a bar handle.

Numbers are those of LIBERO's wooden_cabinet.xml: shell walls, drawers, handles, joints, regions.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from benchmarks.assets.measured import OBJECTS
from benchmarks.assets.mjcf import ALONG, Geom, ObjectFile, add, box, cylinder, span, text
from benchmarks.assets.textures import Canvas, wood

SHELL = [
    span((-0.1173, -0.0792, 0.0085), (-0.1070, 0.1117, 0.2201)),
    span((0.1138, -0.0792, 0.0085), (0.1242, 0.1117, 0.2201)),
    span((-0.1170, 0.1071, 0.0085), (0.1213, 0.1117, 0.2201)),
    span((-0.1188, -0.0733, 0.0049), (0.1269, 0.1060, 0.0102)),
    box((0.0039, 0.0187, 0.0793), (0.1117, 0.0894, 0.0009)),
    box((0.0038, 0.0187, 0.1494), (0.1117, 0.0894, 0.0009)),
    box((0.0039, 0.0158, 0.2216), (0.1273, 0.0941, 0.0014)),
]
"""Two sides, back, bottom, two shelves between the drawers, top."""

DRAWERS = {"top": (0.0, 0.18393), "middle": (-0.06971, 0.11041), "bottom": (-0.13840, 0.04114)}
"""Drawer -> (height below the top one, height of its handle)."""

REGIONS = {"top": 0.18563, "middle": 0.11690, "bottom": 0.04701}
"""Height of each drawer's `<name>_region` site."""

BOX = [
    span((-0.1060, -0.0779, 0.1488), (0.1127, -0.0725, 0.2174)),
    span((-0.1034, -0.0725, 0.1515), (0.1101, -0.0648, 0.2157)),
    span((-0.1034, 0.0872, 0.1515), (0.1101, 0.0944, 0.2157)),
    span((-0.1046, -0.0704, 0.1519), (-0.0992, 0.0925, 0.2152)),
    span((0.1062, -0.0704, 0.1519), (0.1117, 0.0925, 0.2152)),
    span((-0.1035, -0.0705, 0.1511), (0.1104, 0.0915, 0.1591)),
]
"""Front, what stiffens it, back, two sides and floor of the top drawer."""

LANE = 0.16
"""A drawer slides this far out (m); it closes past zero by a centimetre."""


def build(root: Path) -> None:
    """Write the cabinet below `root`."""
    file = ObjectFile("wooden_cabinet")
    file.placement(*OBJECTS["wooden_cabinet"].placement, size=0.05)
    dark = file.material("cabinet_wood", file="wooden_cabinet/dark_fine_wood.png", cube=True, shine=0.2)
    file.material("cabinet_metal", file="wooden_cabinet/metal.png", shine=0.8)
    file.material("cabinet_gap", (0.03, 0.025, 0.02), shine=0.0)
    base = file.body("base", file.object)
    file.site("top_side", (0.00354, 0.01567, 0.22152), (0.12534, 0.09438, 0.00147), base, rgba="0.8 0.8 0 0")
    file.collide(SHELL, base)
    file.show(SHELL, dark, base)
    for name, (drop, handle) in DRAWERS.items():
        _drawer(file, base, name, drop, handle)
    folder = root / "articulated_objects"
    wood("dark-wood", (54, 47, 41), planks=1).save(folder / "wooden_cabinet/dark_fine_wood.png")
    Canvas(16, (108, 108, 108)).grain(8, "metal").save(folder / "wooden_cabinet/metal.png")
    file.write(folder / "wooden_cabinet.xml")


def _drawer(file: ObjectFile, base: ET.Element, name: str, drop: float, handle: float) -> None:
    """One drawer on its slide: 3 kg, damping 50 N s/m."""
    body = file.body(f"cabinet_{name}", base)
    file.inertia(3, (0, 0, 0), (1, 1, 1), body)
    limits = {"limited": "true", "range": text(-LANE, 0.01), "damping": "50"}
    add(body, "joint", name=f"{name}_level", type="slide", pos="0 0 0", axis="0 1 0", **limits)
    region = (0.00328, 0.01128, REGIONS[name])
    file.site(f"{name}_region", region, (0.02993, 0.07561, 0.10224), body, ALONG["x"])
    geoms = [part.at(dz=drop) for part in BOX]
    file.collide(geoms, body)
    file.show(geoms, "cabinet_wood", body)
    # A dark line along its lower edge keeps each front apart from the next, which is in the same plane.
    line = span((-0.1060, -0.0782, 0.1488), (0.1127, -0.0779, 0.1512))
    file.show([line.at(dz=drop)], "cabinet_gap", body)
    file.collide(_handle(handle), body)
    file.show(_handle_look(handle), "cabinet_metal", body)


def _handle(height: float) -> list[Geom]:
    """A bar 89 mm long and 16 mm thick that stands 12 mm clear of the front, on two posts."""
    posts = [box((x, -0.0835, height), (0.0051, 0.0106, 0.0056)) for x in (0.0292, -0.0356)]
    return [box((-0.0028, -0.1016, height), (0.0445, 0.0077, 0.0082)), *posts]


def _handle_look(height: float) -> list[Geom]:
    """The same with a round bar."""
    bar = cylinder(0.0080, -0.0473, 0.0417, "x").at(dy=-0.1016, dz=height)
    return [bar, *_handle(height)[1:]]
