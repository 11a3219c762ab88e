"""Black bowl, plate and ramekin: hollow, walls as rings of boxes.

Wall angles, radii and thicknesses were read off the collision boxes of LIBERO's files (see
benchmarks.assets.measured for the files). Fewer boxes collide than in LIBERO's: 25 for 40 in the bowl,
13 for 10 in the plate, 13 for 25 in the ramekin. What is drawn has sixteen sides.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.assets.measured import OBJECTS
from benchmarks.assets.mjcf import ObjectFile, box, cylinder, ring
from benchmarks.assets.textures import Canvas, Strip, cube_faces

ROUND = 16
"""Sides of what is drawn."""

SOFT = "0.02 1"
"""MuJoCo's default contact stiffness, for the plate only.

One in four official initial states of libero_spatial's tasks 0, 2 and 8 has the bowl's rim up to 8 mm
inside the plate's. LIBERO's stiff plate then throws the bowl: in 7 of 150 states it turns by over 30
degrees or moves over 50 mm. With this stiffness none does, and 16 objects instead of 73 move over 5 mm.
"""

PORCELAIN = (0.90, 0.91, 0.92)


def start(name: str) -> ObjectFile:
    """A file with the mass, the inertia and the placement sites that were measured."""
    measured = OBJECTS[name]
    file = ObjectFile(name)
    file.inertia(measured.mass, measured.com, measured.inertia)
    file.placement(*measured.placement)
    return file


def black_bowl(root: Path) -> None:
    """A bowl of rim radius 54 mm and height 50 mm; its rim is 2.6 mm thick, 15 degrees from upright."""
    file = start("akita_black_bowl")
    base = box((0, -0.0005, 0.0042), (0.0225, 0.0225, 0.0026))
    file.collide([base])
    file.collide(ring(12, 0.0336, 0.0098, 60, thickness=0.0007, slope=0.0118, overlap=0.85))
    file.collide(ring(12, 0.0471, 0.0337, 15, thickness=0.0013, slope=0.0187))
    black = file.material("akita_black_bowl", file="texture.png", shine=0.6)
    file.show([cylinder(0.0245, 0.0016, 0.0068)], black)
    file.show(ring(ROUND, 0.0336, 0.0098, 60, thickness=0.0009, slope=0.0120), black)
    file.show(ring(ROUND, 0.0472, 0.0337, 15, thickness=0.0013, slope=0.0187), black)
    folder = root / "stable_scanned_objects/akita_black_bowl"
    Canvas(16, (32, 32, 34)).grain(4, "bowl").save(folder / "texture.png")
    file.write(folder / "akita_black_bowl.xml")


def plate(root: Path) -> None:
    """A plate of radius 68 mm whose rim rises 20 degrees to 16 mm."""
    file = start("plate")
    file.collide([box((0, 0, 0.0003), (0.0306, 0.0306, 0.0028))], solref=SOFT)
    file.collide(ring(12, 0.0478, 0.0072, 70, thickness=0.0025, slope=0.0191), solref=SOFT)
    rim = file.material("plate", file="texture.png", cube=True, shine=0.5)
    white = file.material("plate_middle", PORCELAIN, shine=0.5)
    file.show([cylinder(0.034, 0.0, 0.005)], white)
    file.show(ring(ROUND, 0.0495, 0.0085, 70, thickness=0.0022, slope=0.0187), rim)
    folder = root / "stable_scanned_objects/plate"
    _banded().save(folder / "texture.png")
    file.write(folder / "plate.xml")


def _banded() -> Strip:
    """White with a red band near the rim: the rim is the right edge of the box's +x and -x face."""
    white = (230, 232, 235)
    plain = Canvas(32, white)
    up = Canvas(32, white).rectangle(27, 0, 30, 32, (172, 44, 36))
    down = Canvas(32, white)
    return cube_faces([down, up, plain, plain, plain, plain])


def ramekin(root: Path) -> None:
    """A ramekin of radius 44 mm and height 43 mm with a wall 5 mm thick."""
    file = start("glazed_rim_porcelain_ramekin")
    file.collide([box((0, 0, 0.0040), (0.0285, 0.0285, 0.0033))])
    file.collide(ring(12, 0.0378, 0.0217, 9, thickness=0.0026, slope=0.0209))
    white = file.material("ramekin", file="texture.png", shine=0.6)
    file.show([cylinder(0.034, 0.0, 0.0072)], white)
    file.show(ring(ROUND, 0.0378, 0.0212, 9, thickness=0.0024, slope=0.0208), white)
    rim = file.material("ramekin_rim", (0.80, 0.78, 0.74), shine=0.6)
    file.show(ring(ROUND, 0.0411, 0.0402, 0, thickness=0.0028, slope=0.0031), rim)
    folder = root / "stable_scanned_objects/glazed_rim_porcelain_ramekin"
    Canvas(16, (236, 235, 232)).grain(2, "ramekin").save(folder / "texture.png")
    file.write(folder / "glazed_rim_porcelain_ramekin.xml")


def build(root: Path) -> None:
    """Write the three dishes below `root`."""
    black_bowl(root)
    plate(root)
    ramekin(root)
