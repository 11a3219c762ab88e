"""The groceries of libero_object, and cookies and cream cheese: boxes, cartons, cans and bottles.

Sizes are those of benchmarks.assets.measured; heights of shoulders and caps were read off the same
files. Cartons, cans and two of the bottles stand along +y of their frame, the rest along +z: LIBERO's
object classes turn them upright.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.assets import labels
from benchmarks.assets.dishes import start
from benchmarks.assets.measured import OBJECTS, Corner
from benchmarks.assets.mjcf import Geom, ObjectFile, about, box, cylinder, ellipsoid, prism, span

BOXES = ("butter", "chocolate_pudding", "cookies", "cream_cheese")
CARTONS = ("milk", "orange_juice")
CANS = ("alphabet_soup", "tomato_sauce")


def build(root: Path) -> None:
    """Write every grocery below `root`."""
    for name in BOXES:
        _finish(root, name, _box(name))
    for name in CARTONS:
        _finish(root, name, _carton(name))
    for name in CANS:
        _finish(root, name, _can(name))
    _finish(root, "bbq_sauce", _bbq_sauce())
    _finish(root, "ketchup", _ketchup())
    _finish(root, "salad_dressing", _salad_dressing())


def _finish(root: Path, name: str, file: ObjectFile) -> None:
    folder = root / "stable_hope_objects" / name
    labels.LABELS[name]().dimmed(85).save(folder / "texture_map.png")
    file.write(folder / f"{name}.xml")


def _start(name: str) -> ObjectFile:
    file = start(name)
    file.material("label", file="texture_map.png", cube=True, shine=0.2)
    return file


def _span(corners: tuple[Corner, Corner]) -> Geom:
    return span(*corners)


def _box(name: str) -> ObjectFile:
    """A printed box."""
    file = _start(name)
    file.collide([_span(OBJECTS[name].collision)])
    file.show([_span(OBJECTS[name].visual)], "label")
    return file


def _carton(name: str) -> ObjectFile:
    """A drinks carton: a square block, a gable of two slopes, and a fin along the ridge."""
    file = _start(name)
    side = 0.00035 if name == "milk" else -0.00035
    file.collide([span((side - 0.0262, -0.0698, -0.0262), (side + 0.0262, 0.0398, 0.0262))])
    slopes = [
        box((0, 0.0478, z), (0.0263, 0.0022, 0.0138), about("x", angle))
        for z, angle in ((0.0135, 41.0), (-0.0135, -41.0))
    ]
    file.collide([*slopes, box((0, 0.0585, 0), (0.0263, 0.0029, 0.0035))])
    file.material("gable", labels.GABLE[name], shine=0.2)
    file.show([span((-0.0270, -0.0716, -0.0274), (0.0270, 0.0390, 0.0274))], "label")
    drawn = [
        box((0, 0.0478, z), (0.0268, 0.0015, 0.0155), about("x", angle))
        for z, angle in ((0.0140, 39.0), (-0.0140, -39.0))
    ]
    file.show(drawn, "gable")
    file.material("fin", (0.93, 0.92, 0.88), shine=0.2)
    file.show([span((-0.0268, 0.0560, -0.0018), (0.0268, 0.0716, 0.0018))], "fin")
    return file


def _can(name: str) -> ObjectFile:
    """A can along y. LIBERO's collision shape is 4 mm smaller and sits 3.5 mm towards -z; so is this."""
    file = _start(name)
    off = -0.0034
    file.collide([bar.at(dz=off) for bar in prism(0.0302, -0.0386, 0.0376, "y")])
    file.show([cylinder(0.0328, -0.0405, 0.0405, "y")], "label")
    file.material("tin", (0.45, 0.45, 0.46), shine=0.3)
    rims = [cylinder(0.0333, -0.0418, -0.0390, "y"), cylinder(0.0333, 0.0390, 0.0416, "y")]
    file.show(rims, "tin")
    return file


def _bbq_sauce() -> ObjectFile:
    """A flat bottle along z, dark sauce and an orange cap."""
    file = _start("bbq_sauce")
    body = span((-0.0235, -0.0145, -0.0546), (0.0235, 0.0145, -0.0010))
    shoulder = span((-0.0181, -0.0143, -0.0023), (0.0181, 0.0143, 0.0269))
    file.collide([body, shoulder, span((-0.0145, -0.0145, 0.0257), (0.0145, 0.0145, 0.0525))])
    file.material("sauce", (0.36, 0.10, 0.04), shine=0.5)
    file.material("cap", (0.86, 0.30, 0.05), shine=0.4)
    belly = ellipsoid((0, 0, -0.0200), (0.0249, 0.0166, 0.0400))
    shoulder = ellipsoid((0, 0, -0.0060), (0.0228, 0.0160, 0.0440))
    file.show([belly, shoulder, cylinder(0.0120, -0.0560, 0.0290)], "sauce")
    file.show([ellipsoid((0, 0, -0.0160), (0.0225, 0.0174, 0.0300))], "label")
    file.show([cylinder(0.0150, 0.0280, 0.0571)], "cap")
    return file


def _ketchup() -> ObjectFile:
    """A flat bottle along y, orange-red with a white cap."""
    file = _start("ketchup")
    body = span((-0.0277, -0.0724, -0.0161), (0.0285, -0.0063, 0.0177))
    waist = span((-0.0235, -0.0076, -0.0175), (0.0243, 0.0150, 0.0191))
    neck = span((-0.0183, 0.0138, -0.0175), (0.0191, 0.0364, 0.0191))
    cap = [bar.at(dx=0.0004, dz=0.0008) for bar in prism(0.0165, 0.0362, 0.0732, "y")]
    file.collide([body, waist, neck, *cap])
    file.material("sauce", (0.86, 0.24, 0.08), shine=0.5)
    file.material("cap", (0.88, 0.88, 0.86), shine=0.4)
    belly = ellipsoid((0, -0.0280, 0), (0.0322, 0.0490, 0.0216))
    shoulder = ellipsoid((0, -0.0120, 0), (0.0296, 0.0560, 0.0208))
    file.show([belly, shoulder, cylinder(0.0160, -0.0730, 0.0380, "y")], "sauce")
    file.show([ellipsoid((0, -0.0240, 0), (0.0295, 0.0360, 0.0224))], "label")
    file.show([cylinder(0.0190, 0.0360, 0.0743, "y")], "cap")
    return file


def _salad_dressing() -> ObjectFile:
    """A white bottle along y with a green cap."""
    file = _start("salad_dressing")
    foot = span((-0.0183, -0.0727, -0.0171), (0.0164, -0.0500, 0.0176))
    body = span((-0.0273, -0.0524, -0.0171), (0.0254, -0.0104, 0.0176))
    waist = span((-0.0219, -0.0111, -0.0171), (0.0200, 0.0128, 0.0176))
    neck = span((-0.0124, 0.0100, -0.0147), (0.0134, 0.0380, 0.0151))
    cap = prism(0.0162, 0.0356, 0.0728, "y")
    file.collide([foot, body, waist, neck, *cap])
    file.material("cream", (0.86, 0.87, 0.83), shine=0.5)
    file.material("cap", (0.05, 0.38, 0.16), shine=0.4)
    belly = ellipsoid((0, -0.0310, 0), (0.0320, 0.0465, 0.0216))
    shoulder = ellipsoid((0, -0.0120, 0), (0.0262, 0.0560, 0.0196))
    file.show([belly, shoulder, cylinder(0.0160, -0.0725, 0.0380, "y")], "cream")
    file.show([ellipsoid((0, -0.0270, 0), (0.0290, 0.0350, 0.0224))], "label")
    file.show([cylinder(0.0195, 0.0340, 0.0737, "y")], "cap")
    return file
