"""Compartments with a roof and an open side: shelves, microwaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.experts.scene import Scene
from benchmarks.experts.view import Array

COVERED = 0.8
"""Share of a region that has to lie under a part of its own fixture to be a compartment."""
ROOM = 0.04
"""What lies less than this over a region's middle is the region's own surface, m."""
CELL = 0.02
"""Cell on which the cover is counted, m."""
INNER = 0.7
"""Share of the half extents inside which nothing may stand in an open side."""
SLACK = 0.03
"""Floor and roof are looked for this far beyond a region, m."""
REACH = 0.06
"""How far in front of an open side nothing of the fixture stands, m."""


@dataclass(frozen=True)
class Compartment:
    """`mouth` [3] is the middle of the open side, `into` [3] the level unit vector that leads in; m."""

    mouth: Array
    into: Array
    depth: float
    floor: float
    roof: float
    level_outside: bool
    """Whether the floor goes on outside, so that the object may rest half way in."""

    @classmethod
    def find(cls, scene: Scene, where: str) -> Compartment:
        """The compartment of region `where`; of several open sides the one that faces the robot."""
        center, half = scene.position(where), scene.region_axes(where)
        parent = scene.parent(where)
        walls = scene.points(parent) - center if parent else np.empty((0, 3))
        sides = [side for side in _directions() if not _blocked(walls, half, side)] or _directions()
        to_base = scene.base - center
        side = max(sides, key=lambda each: float(each @ to_base))
        depth = float(np.abs(side) @ half)
        above = _over(walls, half).min(initial=half[2] + SLACK)
        below = _over((scene.others() - center) * [1, 1, -1], half).min(initial=half[2] + SLACK)
        floor = max(center[2] - below, scene.surfaces.floor(scene.data))
        return cls(
            center + depth * side,
            -side,
            2 * depth,
            float(floor),
            float(center[2] + above),
            bool(_continues(scene, center + depth * side, side, float(floor))),
        )


def is_covered(scene: Scene, where: str) -> bool:
    """True for a region under a roof that belongs to its own fixture."""
    parent = scene.parent(where) if scene.is_region(where) else None
    if parent is None:
        return False
    half = scene.region_axes(where)
    walls = scene.points(parent) - scene.position(where)
    over = walls[(walls[:, 2] > max(0.5 * half[2], ROOM)) & np.all(np.abs(walls[:, :2]) < half[:2], axis=1)]
    filled = len(np.unique(np.floor(over[:, :2] / CELL), axis=0))
    return bool(filled > COVERED * float(np.prod(2 * half[:2] / CELL)))


def _directions() -> list[Array]:
    return [np.array([x, y, 0.0]) for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))]


def _blocked(walls: Array, half: Array, side: Array) -> bool:
    """Whether a part of the fixture stands between the middle and a little beyond this side."""
    along = walls @ side
    across = np.abs(walls) < INNER * half
    across[:, np.abs(side) > 0.5] = True
    return bool(np.any(across.all(axis=1) & (along > 0) & (along < np.abs(side) @ half + REACH)))


def _continues(scene: Scene, mouth: Array, side: Array, floor: float) -> bool:
    """Whether there is something at the height of `floor` a little outside the mouth."""
    if abs(floor - scene.surfaces.floor(scene.data)) < 0.005:
        return True
    around = scene.others() - (mouth + 0.05 * side)
    near = around[np.all(np.abs(around[:, :2]) < 0.03, axis=1)]
    return bool(np.any(np.abs(near[:, 2] + mouth[2] - floor) < 0.005))


def _over(walls: Array, half: Array) -> Array:
    """Heights over the middle of what lies above it, m."""
    inside = np.all(np.abs(walls[:, :2]) < half[:2], axis=1) & (walls[:, 2] > 0.01)
    near_middle = np.all(np.abs(walls[:, :2]) < INNER * half[:2], axis=1)
    return np.asarray(walls[inside & near_middle, 2])
