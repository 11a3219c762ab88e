"""Write MJCF in the form that LIBERO's and robosuite's object classes read, from primitive geoms.

Conventions of those classes: a nameless body holds a body called `object` and the three placement
sites; geoms of group 0 collide and are never drawn, geoms of group 1 are drawn and never collide;
every geom names its group. Lengths are metres, quaternions wxyz.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

Vec = tuple[float, float, float]
Quat = tuple[float, float, float, float]

UPRIGHT: Quat = (1.0, 0.0, 0.0, 0.0)

CONTACT = {"solref": "0.001 1", "solimp": "0.998 0.998 0.001", "friction": "0.95 0.3 0.1"}
"""Stiff contact and high friction of every LIBERO object (read from its object files)."""


@dataclass(frozen=True)
class Geom:
    """A primitive: MuJoCo's `kind`, half sizes, centre and orientation in the body's frame."""

    kind: str
    size: tuple[float, ...]
    pos: Vec = (0.0, 0.0, 0.0)
    quat: Quat = UPRIGHT

    def at(self, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0) -> Geom:
        """The same primitive, moved."""
        x, y, z = self.pos
        return replace(self, pos=(x + dx, y + dy, z + dz))


def multiply(a: Quat, b: Quat) -> Quat:
    """Rotation b followed by rotation a."""
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def about(axis: str, degrees: float) -> Quat:
    """Rotation about the axis `x`, `y` or `z`."""
    half = math.radians(degrees) / 2
    sine = math.sin(half)
    return (math.cos(half), sine * (axis == "x"), sine * (axis == "y"), sine * (axis == "z"))


ALONG = {"x": about("y", 90), "y": about("x", -90), "z": UPRIGHT}
"""Rotation that takes the z axis of a primitive to the named one."""


def box(pos: Vec, half: Vec, quat: Quat = UPRIGHT) -> Geom:
    """A box with half edges `half`."""
    return Geom("box", half, pos, quat)


def span(low: Vec, high: Vec) -> Geom:
    """The axis-aligned box between two corners."""
    centre = tuple((a + b) / 2 for a, b in zip(low, high, strict=True))
    half = tuple((b - a) / 2 for a, b in zip(low, high, strict=True))
    return Geom("box", half, (centre[0], centre[1], centre[2]))


def cylinder(radius: float, low: float, high: float, axis: str = "z") -> Geom:
    """A cylinder around a coordinate axis, from `low` to `high` along it."""
    middle = (low + high) / 2
    pos = (middle * (axis == "x"), middle * (axis == "y"), middle * (axis == "z"))
    return Geom("cylinder", (radius, (high - low) / 2), pos, ALONG[axis])


def ellipsoid(pos: Vec, radii: Vec) -> Geom:
    """An axis-aligned ellipsoid."""
    return Geom("ellipsoid", radii, pos)


def ring(
    count: int,
    radius: float,
    height: float,
    tilt: float,
    thickness: float,
    slope: float,
    overlap: float = 1.0,
) -> list[Geom]:
    """A wall of `count` boxes around the z axis, each leaning outward by `tilt` degrees.

    `radius` and `height` are those of the box centres, `thickness` and `slope` half sizes across and
    along the wall. Boxes are as wide as the upper edge needs to close, times `overlap`.
    """
    lean = math.radians(tilt)
    upper = radius + abs(slope * math.sin(lean)) + thickness * math.cos(lean)
    width = upper * math.tan(math.pi / count) * overlap
    walls = []
    for index in range(count):
        angle = 360.0 * index / count
        turn = math.radians(angle)
        quat = multiply(about("z", angle), about("y", tilt))
        pos = (radius * math.cos(turn), radius * math.sin(turn), height)
        walls.append(box(pos, (thickness, width, slope), quat))
    return walls


def prism(inner: float, low: float, high: float, axis: str = "z", inset: float = 0.001) -> list[Geom]:
    """A solid eight-sided bar of inscribed radius `inner` from four crossed boxes.

    Two of the boxes stop `inset` short of the ends, so that a standing bar touches the ground with
    eight corners instead of sixteen.
    """
    bars = []
    for index in range(4):
        short = inset if index % 2 else 0.0
        half = (inner, inner * math.tan(math.pi / 8), (high - low) / 2 - short)
        middle = (low + high) / 2
        pos = (middle * (axis == "x"), middle * (axis == "y"), middle * (axis == "z"))
        bars.append(box(pos, half, multiply(ALONG[axis], about("z", 45.0 * index))))
    return bars


def add(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    """A new element below `parent`."""
    return ET.SubElement(parent, tag, attributes)


class ObjectFile:
    """One object's MJCF: `add_*` calls in drawing order, then `write`."""

    def __init__(self, name: str) -> None:
        self.root = ET.Element("mujoco", {"model": name})
        add(self.root, "compiler", angle="radian")
        self.asset = add(self.root, "asset")
        world = add(self.root, "worldbody")
        self.outer = add(world, "body")
        self.object = add(self.outer, "body", name="object")

    def material(
        self,
        name: str,
        rgb: Sequence[float] = (1, 1, 1),
        *,
        file: str = "",
        cube: bool = False,
        shine: float = 0.3,
    ) -> str:
        """A material of one colour, or painted with an image; returns its name.

        A cube image holds six square tiles side by side, in the order +x, -x, +y, -y, +z, -z.
        """
        attributes = {"name": name, "specular": text(shine), "shininess": text(shine)}
        if file:
            layout = {"type": "cube", "gridsize": "1 6", "gridlayout": "RLUDFB"} if cube else {"type": "2d"}
            add(self.asset, "texture", name=f"tex-{name}", file=file, **layout)
            attributes["texture"] = f"tex-{name}"
        else:
            attributes["rgba"] = text(*rgb, 1)
        add(self.asset, "material", **attributes)
        return name

    def body(self, name: str, parent: ET.Element, pos: Vec = (0, 0, 0), quat: Quat = UPRIGHT) -> ET.Element:
        """A body inside another."""
        pose = {"pos": text(*pos)} if quat == UPRIGHT else {"pos": text(*pos), "quat": text(*quat)}
        return add(parent, "body", name=name, **pose)

    def collide(self, geoms: Iterable[Geom], body: ET.Element | None = None, **attributes: str) -> None:
        """Add colliding geoms, invisible."""
        for geom in geoms:
            shape = {**_shape(geom), **CONTACT, "density": "100", "group": "0", "rgba": "0.8 0.8 0.8 0.3"}
            add(self._or_object(body), "geom", **{**shape, **attributes})

    def show(
        self, geoms: Iterable[Geom], material: str, body: ET.Element | None = None, **attributes: str
    ) -> None:
        """Add visible geoms, which touch nothing."""
        for geom in geoms:
            shape = {**_shape(geom), "group": "1", "contype": "0", "conaffinity": "0"}
            add(self._or_object(body), "geom", **{**shape, "material": material, **attributes})

    def inertia(
        self, mass: float, com: Vec, moments: Sequence[float], body: ET.Element | None = None
    ) -> None:
        """Set mass (kg), centre of mass and inertia about it (kg m2: xx, yy, zz and perhaps xy, xz, yz)."""
        full = tuple(moments) + (0.0,) * (6 - len(moments))
        values = {"mass": text(mass), "pos": text(*com), "fullinertia": text(*full)}
        self._or_object(body).insert(0, ET.Element("inertial", values))

    def site(
        self,
        name: str,
        pos: Vec,
        half: Sequence[float],
        body: ET.Element,
        quat: Quat = UPRIGHT,
        kind: str = "box",
        rgba: str = "0.8 0.8 0.8 0",
    ) -> None:
        """A region that goal predicates ask about, or a marker."""
        pose = {"pos": text(*pos), "quat": text(*quat), "size": text(*half)}
        add(body, "site", name=name, type=kind, group="0", rgba=rgba, **pose)

    def placement(self, bottom: float, top: float, radius: float, size: float = 0.005) -> None:
        """The three sites from which robosuite's placement samplers read an object's extent."""
        places = {
            "bottom_site": (0.0, 0.0, bottom),
            "top_site": (0.0, 0.0, top),
            "horizontal_radius_site": (radius, radius, 0.0),
        }
        for name, pos in places.items():
            add(self.outer, "site", name=name, pos=text(*pos), size=text(size), rgba="0 0 0 0")

    def write(self, path: Path) -> None:
        """Write the file; the folder is made."""
        write_xml(self.root, path)

    def _or_object(self, body: ET.Element | None) -> ET.Element:
        return self.object if body is None else body


def _shape(geom: Geom) -> dict[str, str]:
    shape = {"type": geom.kind, "pos": text(*geom.pos), "size": text(*geom.size)}
    return shape if geom.quat == UPRIGHT else {**shape, "quat": text(*geom.quat)}


def text(*values: float) -> str:
    """Numbers as MJCF writes them, seven significant digits."""
    return " ".join(f"{value:.7g}" if abs(value) > 1e-12 else "0" for value in values)


def write_xml(root: ET.Element, path: Path) -> None:
    """Write an element tree, indented."""
    ET.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ET.tostring(root, encoding="unicode") + "\n", encoding="utf-8")
