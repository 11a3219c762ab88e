"""Where objects of a scene may be moved: what stands together, where there is room, what the camera shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.scene_objects import Movable, extent, movables, radii, supports, table_height, touching

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

Array = NDArray[np.float64]

WORKSPACE = np.array([[-0.32, -0.38], [0.24, 0.38]])
"""Corners (x, y) m of the part of a table that the arm reaches and the camera shows."""

TABLE_GAP = 0.001
"""Air under an object on the table at the lowest height where its collisions are checked, m."""

HEIGHT_STEP = 0.015
"""Distance at most of the heights over the table where collisions are checked, m: no handle fits between."""

OBJECT_GAP = 0.004
"""Air left between the round outlines of two objects, m."""

DIRECTIONS = 48
"""Directions in which a move of an object is attempted."""

VIEW_SHARE = 0.93
"""Share of the image, from its middle, in which an object counts as in view."""

DRAWN_GROUPS = np.array([0, 1, 1, 1, 1, 1], np.uint8)
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
    on_fixtures = {
        body for pair in pairs for body, other in (pair, pair[::-1]) if other not in ground | set(present)
    }
    unique = {frozenset(bodies) for bodies in group.values() if not bodies & on_fixtures}
    return [[present[body] for body in sorted(bodies)] for bodies in sorted(unique, key=sorted)]


def stacked(sim: Simulation) -> set[tuple[int, int]]:
    """Pairs of objects of which one is over the other: initial states leave a little air between them."""
    sizes, items = radii(sim), sorted(movables(sim).values(), key=lambda item: item.body)
    return {
        (one.body, two.body)
        for index, one in enumerate(items)
        for two in items[index + 1 :]
        if np.linalg.norm((one.position(sim) - two.position(sim))[:2])
        < 0.7 * max(sizes[one.body], sizes[two.body])
    }


def random_directions(rng: np.random.Generator) -> Array:
    """Unit vectors [DIRECTIONS, 2] all around in a drawn order: they find a narrow gap, too."""
    angles = (rng.permutation(DIRECTIONS) + rng.random()) * 2 * np.pi / DIRECTIONS
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def move(sim: Simulation, cluster: list[Movable], by: Array) -> None:
    """Move objects by `by` [2] m along the ground."""
    for item in cluster:
        item.position(sim)[:2] += by


def has_room(sim: Simulation, cluster: list[Movable], radii: dict[int, float]) -> bool:
    """Whether a cluster is in the workspace and apart from everything movable, by round outlines."""
    members = {item.body for item in cluster}
    others = [item for item in movables(sim).values() if item.body not in members]
    return all(
        bool(has_room_at(sim, item.position(sim)[None, :2], item, others, radii, OBJECT_GAP)[0])
        for item in cluster
    )


def has_room_at(
    sim: Simulation,
    positions: Array,
    item: Movable,
    others: list[Movable],
    radii: dict[int, float],
    gap: float,
) -> NDArray[np.bool_]:
    """Which of `positions` [n, 2] are in the workspace and leave `gap` m between `item` and the others."""
    inside = ((positions >= WORKSPACE[0]) & (positions <= WORKSPACE[1])).all(axis=1)
    if not others:
        return inside
    centres = np.array([other.position(sim)[:2] for other in others])
    needed = np.array([radii[item.body] + radii[other.body] + gap for other in others])
    distances = np.linalg.norm(positions[:, None] - centres, axis=2)
    return inside & (distances >= needed).all(axis=1)


def is_collision_free(sim: Simulation, cluster: list[Movable]) -> bool:
    """Whether a cluster touches nothing but what carries everything: round outlines know no furniture.

    Where it is and all the way down to the table: some initial states begin 7 cm over it.
    """
    mujoco.mj_kinematics(sim.model, sim.data)
    underside = min(item.position(sim)[2] - extent(sim, item)[1] for item in cluster)
    fall = max(0.0, underside - table_height(sim) - TABLE_GAP)
    heights = np.linspace(fall, 0.0, 1 + int(np.ceil(fall / HEIGHT_STEP)))
    return all(_is_collision_free_at(sim, cluster, lower) for lower in heights)


def _is_collision_free_at(sim: Simulation, cluster: list[Movable], lower: float) -> bool:
    """The same of one height, `lower` m down; the cluster is where it was afterwards."""
    for item in cluster:
        item.position(sim)[2] -= lower
    mujoco.mj_kinematics(sim.model, sim.data)
    mujoco.mj_collision(sim.model, sim.data)
    for item in cluster:
        item.position(sim)[2] += lower
    members, ground = {item.body for item in cluster}, supports(sim)
    return not any(
        (first in members) != (second in members) and not {first, second} & ground
        for first, second in touching(sim)
    )


def is_in_view(sim: Simulation, item: Movable) -> bool:
    """Whether an object's origin is inside of what the outer camera shows, a little away from its edges."""
    camera = sim.model.camera("agentview").id
    local = (item.position(sim) - sim.data.cam_xpos[camera]) @ sim.data.cam_xmat[camera].reshape(3, 3)
    half_height = -local[2] * np.tan(np.radians(sim.model.cam_fovy[camera]) / 2)
    return bool(np.abs(local[:2]).max() < VIEW_SHARE * half_height)


def is_visible(sim: Simulation, item: Movable, camera: Array) -> bool:
    """Whether nothing stands between an object's middle and a camera at `camera` [3] m."""
    _, below, above = extent(sim, item)
    middle = sim.data.xpos[item.body] + [0.0, 0.0, (above - below) / 2]
    hit = np.array([-1], np.int32)
    mujoco.mj_ray(sim.model, sim.data, camera, middle - camera, DRAWN_GROUPS, 1, -1, hit)
    return hit[0] >= 0 and int(sim.model.body_rootid[sim.model.geom_bodyid[hit[0]]]) == item.body
