"""The things of a scene: what can be moved, what carries it, who touches whom, how far each reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import mujoco
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

Array = NDArray[np.float64]

_MOVABLES: WeakKeyDictionary[Simulation, dict[str, Movable]] = WeakKeyDictionary()
_SUPPORTS: WeakKeyDictionary[Simulation, set[int]] = WeakKeyDictionary()
"""A compiled task's objects, and what carries them, serve all its episodes."""


@dataclass(frozen=True)
class Movable:
    """An object with a free joint."""

    name: str
    body: int
    qpos: int
    """Where its 7 numbers start."""
    dof: int

    def position(self, sim: Simulation) -> Array:
        """Its position [3], a view into the state."""
        position: Array = sim.data.qpos[self.qpos : self.qpos + 3]
        return position

    def quaternion(self, sim: Simulation) -> Array:
        """Its wxyz quaternion [4], a view into the state."""
        quaternion: Array = sim.data.qpos[self.qpos + 3 : self.qpos + 7]
        return quaternion


def movables(sim: Simulation) -> dict[str, Movable]:
    """Every object with a free joint, by LIBERO's or robosuite's name."""
    if sim in _MOVABLES:
        return _MOVABLES[sim]
    model, found = sim.model, {}
    for joint in np.flatnonzero(model.jnt_type == 0):
        body = int(model.jnt_bodyid[joint])
        name = model.body(body).name.removesuffix("_main")
        found[name] = Movable(name, body, int(model.jnt_qposadr[joint]), int(model.jnt_dofadr[joint]))
    _MOVABLES[sim] = found
    return found


def goal_objects(sim: Simulation) -> list[str]:
    """Movable objects of the goal, what is to be moved first; without a goal all that no variation added."""
    present = movables(sim)
    if not sim.goal:
        return [name for name in present if not name.startswith("distractor_")]
    named = [name for predicate in sim.goal for name in predicate[1:]]
    return [name for name in dict.fromkeys(named) if name in present]


def robot_root(sim: Simulation) -> int:
    """Root of the robot's tree of bodies."""
    return int(sim.model.body_rootid[sim.eef_body])


def supports(sim: Simulation) -> set[int]:
    """Roots of what carries everything: the world and the table, neither fixture nor object nor robot."""
    if sim in _SUPPORTS:
        return _SUPPORTS[sim]
    model = sim.model
    taken = {int(model.body_rootid[body]) for body in sim.fixtures.values()}
    taken |= {item.body for item in movables(sim).values()} | {robot_root(sim)}
    robots = {
        int(model.body_rootid[body])
        for body in range(model.nbody)
        if model.body(body).name.startswith(("robot0", "mount0", "gripper0"))
    }
    _SUPPORTS[sim] = {int(root) for root in np.unique(model.body_rootid)} - taken - robots
    return _SUPPORTS[sim]


def touching(sim: Simulation, depth: float = -np.inf) -> set[tuple[int, int]]:
    """Pairs of roots in contact, deeper than `depth` m where it is positive."""
    data, model = sim.data, sim.model
    deep = -data.contact.dist >= depth
    roots = model.body_rootid[model.geom_bodyid[data.contact.geom[deep]]]
    pairs = np.unique(np.sort(roots, axis=1), axis=0)
    return {(int(first), int(second)) for first, second in pairs if first != second}


def radii(sim: Simulation) -> dict[int, float]:
    """Radius (m) of a circle around each movable object's origin that its collision geoms stay in."""
    return {item.body: extent(sim, item)[0] for item in movables(sim).values()}


def extent(sim: Simulation, item: Movable) -> tuple[float, float, float]:
    """How far an object extends sideways of, below and above its origin, m, as it stands."""
    model, data = sim.model, sim.data
    geoms = np.flatnonzero((model.body_rootid[model.geom_bodyid] == item.body) & (model.geom_contype > 0))
    centres, halves = boxes(sim, geoms)
    centres -= data.xpos[item.body]
    side = np.hypot(*(np.abs(centres[:, :2]) + halves[:, :2]).T)
    below, above = halves[:, 2] - centres[:, 2], halves[:, 2] + centres[:, 2]
    return float(side.max(initial=0.0)), float(below.max(initial=0.0)), float(above.max(initial=0.0))


def boxes(sim: Simulation, geoms: NDArray[np.int64]) -> tuple[Array, Array]:
    """Centres [n, 3] and half sizes [n, 3] m of boxes along the world's axes that hold `geoms`."""
    rotations = sim.data.geom_xmat[geoms].reshape(-1, 3, 3)
    boxes = sim.model.geom_aabb[geoms]
    centres = sim.data.geom_xpos[geoms] + np.einsum("nij,nj->ni", rotations, boxes[:, :3])
    return centres, np.einsum("nij,nj->ni", np.abs(rotations), boxes[:, 3:])


def table_height(sim: Simulation) -> float:
    """Height of the surface that things stand on, m: the top of what carries everything, in its middle."""
    model = sim.model
    carrying = np.isin(model.body_rootid[model.geom_bodyid], [*supports(sim)])
    geoms = np.flatnonzero(carrying & (model.geom_contype > 0))
    centres, halves = boxes(sim, geoms)
    is_plane = model.geom_type[geoms] == mujoco.mjtGeom.mjGEOM_PLANE
    tops = np.where(is_plane, sim.data.geom_xpos[geoms, 2], centres[:, 2] + halves[:, 2])
    in_the_middle = is_plane | (np.abs(centres[:, :2]) <= halves[:, :2]).all(axis=1)
    return float(tops[in_the_middle].max())
