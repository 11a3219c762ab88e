"""Objects of a task in other proportions: every geom, mesh and site of their MJCF is scaled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree.ElementTree import Element

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.robosuite_binding import StockPart
from benchmarks.sim.simulation import Simulation

Array = NDArray[np.float64]


@contextmanager
def stretched(own: Simulation, name: str, factors: tuple[float, float, float]) -> Iterator[None]:
    """While inside, LIBERO builds the object `name` scaled by `factors` along the axes of the world in
    which it stands in the first official initial state."""
    local = along_own_axes(own, name, factors)

    def change(item: StockPart) -> StockPart:
        scale(item.get_obj(), item.asset, local)
        return item

    with _built_otherwise(own, name, change):
        yield


@contextmanager
def replaced(own: Simulation, name: str, kind: str) -> Iterator[None]:
    """While inside, LIBERO builds an object of another `kind` under the name `name`."""
    from libero.libero.envs.objects import OBJECTS_DICT

    with _built_otherwise(own, name, lambda item: OBJECTS_DICT[kind](name=item.name)):
        yield


@contextmanager
def _built_otherwise(own: Simulation, name: str, change: Callable[[StockPart], StockPart]) -> Iterator[None]:
    """While inside, LIBERO gets what `change` makes of the object `name`."""
    from libero.libero.envs.objects import OBJECTS_DICT

    category = own.env.get_object(name).category_name
    known = OBJECTS_DICT[category]

    def build(*given: Any, **more: Any) -> StockPart:
        item = known(*given, **more)
        return change(item) if item.name == name else item

    OBJECTS_DICT[category] = build
    try:
        yield
    finally:
        OBJECTS_DICT[category] = known


def along_own_axes(own: Simulation, name: str, factors: tuple[float, float, float]) -> Array:
    """Factors [3] along the object's own axes, which are turned by right angles against the world's."""
    start = int(own.model.joint(f"{name}_joint0").qposadr[0])
    state = own.data.qpos if own.init_states is None else own.init_states[0][1:]
    rotation = rotation_of(state[start + 3 : start + 7])
    upright = int(np.abs(rotation[2]).argmax())
    local = np.full(3, factors[0])
    local[upright] = factors[2]
    return local


def scale(body: Element, assets: Element, factors: Array) -> None:
    """Scale an object's tree in place; exact for right angles and equal factors, near for small tilts."""
    meshes = {mesh.get("name"): mesh for mesh in assets.findall("mesh")}
    done: set[str | None] = set()
    for element in body.iter():
        if element.tag not in ("geom", "site", "body"):
            continue
        if (place := element.get("pos")) is not None:
            element.set("pos", _text(_numbers(place) * factors))
        along = np.linalg.norm(factors[:, None] * _rotation(element), axis=0)
        if (size := element.get("size")) is not None:
            element.set("size", _text(sizes(element.get("type", "sphere"), _numbers(size), along)))
        mesh = element.get("mesh")
        if mesh in meshes and mesh not in done:
            done.add(mesh)
            meshes[mesh].set("scale", _text(_numbers(meshes[mesh].get("scale", "1 1 1")) * along))


def sizes(kind: str, size: Array, along: Array) -> Array:
    """Size numbers of a primitive scaled by `along` [3], its own axes; round things stay round."""
    if kind in ("cylinder", "capsule"):
        return np.array([size[0] * np.sqrt(along[0] * along[1]), *(size[1:2] * along[2]), *size[2:]])
    if kind == "sphere":
        return size * float(np.cbrt(along.prod()))
    return size * along[: len(size)]


def rotation_of(quaternion: Array) -> Array:
    """Rotation [3, 3] of a wxyz quaternion as MuJoCo takes it from MJCF: without making it a unit first."""
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, np.ascontiguousarray(quaternion, float))
    return matrix.reshape(3, 3)


def _rotation(element: Element) -> Array:
    return rotation_of(_numbers(element.get("quat", "1 0 0 0")))


def _numbers(text: str) -> Array:
    return np.array(text.split(), float)


def _text(numbers: Array) -> str:
    return " ".join(f"{number:.8g}" for number in numbers)
