"""Where there is room for the movable things of a scene, and what the camera shows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.scene_objects import Movable, movables, radii, reach, supports, table_height, touching

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

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


def clusters(sim: Simulation) -> list[list[Movable]]:
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


def stacked(sim: Simulation) -> set[tuple[int, int]]:
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


def shift(sim: Simulation, cluster: list[Movable], by: Array) -> None:
    """Move objects by `by` [2] m along the ground."""
    for item in cluster:
        item.place(sim)[:2] += by


def clear(sim: Simulation, cluster: list[Movable], radii: dict[int, float], gap: float = 0.004) -> bool:
    """Whether a cluster is in the room and apart from everything movable, by round outlines."""
    members = {item.body for item in cluster}
    others = [item for item in movables(sim).values() if item.body not in members]
    return all(bool(free(sim, item.place(sim)[None, :2], item, others, radii, gap)[0]) for item in cluster)


def apart(sim: Simulation, cluster: list[Movable]) -> bool:
    """Whether a cluster touches nothing but what carries everything: round outlines know no furniture.

    Where it is and all the way down to the table: some initial states begin 7 cm over it.
    """
    mujoco.mj_kinematics(sim.model, sim.data)
    underside = min(item.place(sim)[2] - reach(sim, item)[1] for item in cluster)
    sinks = max(0.0, underside - table_height(sim) - REST)
    heights = np.linspace(sinks, 0.0, 1 + int(np.ceil(sinks / SINKING)))
    return all(_touches_nothing(sim, cluster, lower) for lower in heights)


def _touches_nothing(sim: Simulation, cluster: list[Movable], lower: float) -> bool:
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


def in_view(sim: Simulation, item: Movable) -> bool:
    """Whether an object's origin is inside of what the outer camera shows, a little away from its edges."""
    camera = sim.model.camera("agentview").id
    turned = (item.place(sim) - sim.data.cam_xpos[camera]) @ sim.data.cam_xmat[camera].reshape(3, 3)
    reaches = -turned[2] * np.tan(np.radians(sim.model.cam_fovy[camera]) / 2)
    return bool(np.abs(turned[:2]).max() < EDGE * reaches)


def is_seen(sim: Simulation, item: Movable, eye: Array) -> bool:
    """Whether nothing stands between an object's middle and a camera at `eye` [3] m."""
    _, below, above = reach(sim, item)
    middle = sim.data.xpos[item.body] + [0.0, 0.0, (above - below) / 2]
    hit = np.array([-1], np.int32)
    mujoco.mj_ray(sim.model, sim.data, eye, middle - eye, DRAWN, 1, -1, hit)
    return hit[0] >= 0 and int(sim.model.body_rootid[sim.model.geom_bodyid[hit[0]]]) == item.body


def free(
    sim: Simulation, places: Array, item: Movable, others: list[Movable], radii: dict[int, float], gap: float
) -> NDArray[np.bool_]:
    """Which of `places` [n, 2] are in the room and leave `gap` m between `item` and the others."""
    inside = ((places >= ROOM[0]) & (places <= ROOM[1])).all(axis=1)
    if not others:
        return inside
    centres = np.array([other.place(sim)[:2] for other in others])
    needed = np.array([radii[item.body] + radii[other.body] + gap for other in others])
    distances = np.linalg.norm(places[:, None] - centres, axis=2)
    return inside & (distances >= needed).all(axis=1)
