"""The things of a scene that can be moved, who touches whom, and where there is room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import mujoco
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PENETRATION = 0.002
"""Depth of a contact, m, from which two things are inside each other: settled ones are not that deep."""

ROOM = np.array([[-0.32, -0.38], [0.24, 0.38]])
"""Corners (x, y) m of the part of a workspace that the arm reaches and the camera shows."""


REST = 0.001
"""Air between a thing that stands on the table and the table when it is asked what it touches there, m."""

SINKING = 0.015
"""Distance at most of the heights over the table at which it is asked, m: no handle fits between."""

DIRECTIONS = 48
"""In which something is tried to be moved."""

EDGE = 0.93
"""Share of the picture, from its middle, in which something is in view."""

DRAWN = np.array([0, 1, 1, 1, 1, 1], np.uint8)
"""Groups of geoms that are drawn: all but those for collisions."""

_MOVABLES: WeakKeyDictionary[Any, dict[str, Movable]] = WeakKeyDictionary()
_SUPPORTS: WeakKeyDictionary[Any, set[int]] = WeakKeyDictionary()
"""A compiled task's objects, and what carries them, serve all its episodes."""


@dataclass(frozen=True)
class Movable:
    """An object with a free joint."""

    name: str
    body: int
    qpos: int
    """Where its 7 numbers start."""
    dof: int

    def place(self, sim: Any) -> Array:
        """Its position [3], a view into the state."""
        position: Array = sim.data.qpos[self.qpos : self.qpos + 3]
        return position

    def turn(self, sim: Any) -> Array:
        """Its wxyz quaternion [4], a view into the state."""
        quaternion: Array = sim.data.qpos[self.qpos + 3 : self.qpos + 7]
        return quaternion


def movables(sim: Any) -> dict[str, Movable]:
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


def wanted(sim: Any) -> list[str]:
    """Movable objects of the goal, what is to be moved first; all that was not added where none is told."""
    present = movables(sim)
    if not sim.goal:
        return [name for name in present if not name.startswith("distractor_")]
    named = [name for predicate in sim.goal for name in predicate[1:]]
    return [name for name in dict.fromkeys(named) if name in present]


def robot_root(sim: Any) -> int:
    """Root of the robot's tree of bodies."""
    return int(sim.model.body_rootid[sim.eef_body])


def supports(sim: Any) -> set[int]:
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


def touching(sim: Any, depth: float = -np.inf) -> set[tuple[int, int]]:
    """Pairs of roots in contact, deeper than `depth` m where it is positive."""
    data, model = sim.data, sim.model
    deep = -data.contact.dist >= depth
    roots = model.body_rootid[model.geom_bodyid[data.contact.geom[deep]]]
    pairs = np.unique(np.sort(roots, axis=1), axis=0)
    return {(int(first), int(second)) for first, second in pairs if first != second}


def clusters(sim: Any) -> list[list[Movable]]:
    """Objects that stand on each other, together; those that rest on or in a fixture are left out."""
    present = {item.body: item for item in movables(sim).values()}
    ground, pairs = supports(sim), touching(sim) | stacked(sim)
    group = {body: {body} for body in present}
    for first, second in pairs:
        if first in present and second in present:
            joined = group[first] | group[second]
            group |= dict.fromkeys(joined, joined)
    held = {
        body for pair in pairs for body, other in (pair, pair[::-1]) if other not in ground | set(present)
    }
    unique = {frozenset(bodies) for bodies in group.values() if not bodies & held}
    return [[present[body] for body in sorted(bodies)] for bodies in sorted(unique, key=sorted)]


def stacked(sim: Any) -> set[tuple[int, int]]:
    """Pairs of objects of which one is over the other: initial states leave a little air between them."""
    sizes, items = radii(sim), sorted(movables(sim).values(), key=lambda item: item.body)
    return {
        (one.body, two.body)
        for index, one in enumerate(items)
        for two in items[index + 1 :]
        if np.linalg.norm((one.place(sim) - two.place(sim))[:2]) < 0.7 * max(sizes[one.body], sizes[two.body])
    }


def directions(rng: np.random.Generator) -> Array:
    """Unit vectors [DIRECTIONS, 2] all around in a drawn order: a narrow way out is found, too."""
    turns = (rng.permutation(DIRECTIONS) + rng.random()) * 2 * np.pi / DIRECTIONS
    return np.stack([np.cos(turns), np.sin(turns)], axis=1)


def shift(sim: Any, cluster: list[Movable], by: Array) -> None:
    """Move objects by `by` [2] m along the ground."""
    for item in cluster:
        item.place(sim)[:2] += by


def clear(sim: Any, cluster: list[Movable], radii: dict[int, float], gap: float = 0.004) -> bool:
    """Whether a cluster is in the room and apart from everything movable, by round outlines."""
    members = {item.body for item in cluster}
    others = [item for item in movables(sim).values() if item.body not in members]
    return all(bool(free(sim, item.place(sim)[None, :2], item, others, radii, gap)[0]) for item in cluster)


def apart(sim: Any, cluster: list[Movable]) -> bool:
    """Whether a cluster touches nothing but what carries everything: round outlines know no furniture.

    Where it is and all the way down to the table: some initial states begin 7 cm over it.
    """
    mujoco.mj_kinematics(sim.model, sim.data)
    underside = min(item.place(sim)[2] - reach(sim, item)[1] for item in cluster)
    sinks = max(0.0, underside - table_height(sim) - REST)
    heights = np.linspace(sinks, 0.0, 1 + int(np.ceil(sinks / SINKING)))
    return all(_touches_nothing(sim, cluster, lower) for lower in heights)


def _touches_nothing(sim: Any, cluster: list[Movable], lower: float) -> bool:
    """The same of one height, `lower` m down; the cluster is where it was afterwards."""
    for item in cluster:
        item.place(sim)[2] -= lower
    mujoco.mj_kinematics(sim.model, sim.data)
    mujoco.mj_collision(sim.model, sim.data)
    for item in cluster:
        item.place(sim)[2] += lower
    members, ground = {item.body for item in cluster}, supports(sim)
    return not any(
        (first in members) != (second in members) and not {first, second} & ground
        for first, second in touching(sim)
    )


def in_view(sim: Any, item: Movable) -> bool:
    """Whether an object's origin is inside of what the outer camera shows, a little away from its edges."""
    camera = sim.model.camera("agentview").id
    turned = (item.place(sim) - sim.data.cam_xpos[camera]) @ sim.data.cam_xmat[camera].reshape(3, 3)
    reaches = -turned[2] * np.tan(np.radians(sim.model.cam_fovy[camera]) / 2)
    return bool(np.abs(turned[:2]).max() < EDGE * reaches)


def is_seen(sim: Any, item: Movable, eye: Array) -> bool:
    """Whether nothing stands between an object's middle and a camera at `eye` [3] m."""
    _, below, above = reach(sim, item)
    middle = sim.data.xpos[item.body] + [0.0, 0.0, (above - below) / 2]
    hit = np.array([-1], np.int32)
    mujoco.mj_ray(sim.model, sim.data, eye, middle - eye, DRAWN, 1, -1, hit)
    return hit[0] >= 0 and int(sim.model.body_rootid[sim.model.geom_bodyid[hit[0]]]) == item.body


def free(
    sim: Any, places: Array, item: Movable, others: list[Movable], radii: dict[int, float], gap: float
) -> NDArray[np.bool_]:
    """Which of `places` [n, 2] are in the room and leave `gap` m between `item` and the others."""
    inside = ((places >= ROOM[0]) & (places <= ROOM[1])).all(axis=1)
    if not others:
        return inside
    centres = np.array([other.place(sim)[:2] for other in others])
    needed = np.array([radii[item.body] + radii[other.body] + gap for other in others])
    distances = np.linalg.norm(places[:, None] - centres, axis=2)
    return inside & (distances >= needed).all(axis=1)


def radii(sim: Any) -> dict[int, float]:
    """Radius (m) of a circle around each movable object's origin that its collision geoms stay in."""
    return {item.body: reach(sim, item)[0] for item in movables(sim).values()}


def reach(sim: Any, item: Movable) -> tuple[float, float, float]:
    """How far an object extends sideways of, below and above its origin, m, as it stands."""
    model, data = sim.model, sim.data
    geoms = np.flatnonzero((model.body_rootid[model.geom_bodyid] == item.body) & (model.geom_contype > 0))
    centres, halves = _boxes(sim, geoms)
    centres -= data.xpos[item.body]
    side = np.hypot(*(np.abs(centres[:, :2]) + halves[:, :2]).T)
    below, above = halves[:, 2] - centres[:, 2], halves[:, 2] + centres[:, 2]
    return float(side.max(initial=0.0)), float(below.max(initial=0.0)), float(above.max(initial=0.0))


def _boxes(sim: Any, geoms: NDArray[np.int64]) -> tuple[Array, Array]:
    """Centres [n, 3] and half sizes [n, 3] m of boxes along the world's axes that hold `geoms`."""
    rotations = sim.data.geom_xmat[geoms].reshape(-1, 3, 3)
    boxes = sim.model.geom_aabb[geoms]
    centres = sim.data.geom_xpos[geoms] + np.einsum("nij,nj->ni", rotations, boxes[:, :3])
    return centres, np.einsum("nij,nj->ni", np.abs(rotations), boxes[:, 3:])


def table_height(sim: Any) -> float:
    """Height of the surface that things stand on, m: the top of what carries everything, in its middle."""
    model = sim.model
    carrying = np.isin(model.body_rootid[model.geom_bodyid], [*supports(sim)])
    geoms = np.flatnonzero(carrying & (model.geom_contype > 0))
    centres, halves = _boxes(sim, geoms)
    is_plane = model.geom_type[geoms] == mujoco.mjtGeom.mjGEOM_PLANE
    tops = np.where(is_plane, sim.data.geom_xpos[geoms, 2], centres[:, 2] + halves[:, 2])
    in_the_middle = is_plane | (np.abs(centres[:, :2]) <= halves[:, :2]).all(axis=1)
    return float(tops[in_the_middle].max())
