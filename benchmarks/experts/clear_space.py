"""Shifts that make an object graspable: out from under another, or away from where a drawer will open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
from scipy.ndimage import binary_dilation

from benchmarks.experts import grasps, heightmap
from benchmarks.experts.scene import Scene
from benchmarks.experts.view import Array

SLIDE_HEIGHT = 0.008
"""Height over the table at which an object is dragged, m."""
MAX_SHIFT = 0.15
"""Longest shift, m."""
CELL = 0.01
"""Cell of the map of what hangs over an object, m."""
STEP = 0.03
"""Shifts that are examined lie this far apart, m."""
MAX_SHIFTS = 16
MIN_GRASPS = 40
"""Fewer possible grasps than this are not relied on, since things will lie a little differently."""


def shift_beside_drawer(
    scene: Scene, name: str, tray: Array, home_yaw: float, rng: np.random.Generator
) -> Array:
    """Shortest level shift [3] m after which `name` can be grasped beside `tray`, an open drawer's surface.

    Zeros if it can be grasped as it lies, or if no short shift helps.
    """
    points, others = scene.points(name), scene.others(name)
    blocked = np.concatenate([others, tray])
    beside = others[others[:, 2] > points[:, 2].min() + 0.01]
    examined: list[Array] = []
    for shift in chain([np.zeros(3)], free_shifts(points, beside)):
        if any(np.linalg.norm(shift - other) < STEP for other in examined):
            continue
        examined.append(shift)
        center = scene.center_of_mass(name) + shift
        if len(grasps.search(scene, points + shift, blocked, center, home_yaw, rng)) >= MIN_GRASPS:
            return shift
        if len(examined) == MAX_SHIFTS:
            break
    return np.zeros(3)


def shift_from_under(points: Array, cover: Array) -> Array:
    """Shortest level shift [3] m that brings `points` [n, 3] out from under `cover` [m, 3].

    Zeros if it is free already, or if no shift of at most `MAX_SHIFT` frees it.
    """
    return next(free_shifts(points, cover), np.zeros(3))


def free_shifts(points: Array, cover: Array) -> Iterator[Array]:
    """Level shifts [3] m of `points` [n, 3], shortest first, that leave 1 cm to `cover` [m, 3]."""
    center, reach = points[:, :2].mean(axis=0), int(MAX_SHIFT / CELL)
    covered = np.isfinite(heightmap.top(cover, center, 2 * MAX_SHIFT, cell=CELL))
    covered = binary_dilation(covered)
    rows, columns = np.nonzero(np.isfinite(heightmap.top(points, center, MAX_SHIFT, cell=CELL)))
    steps = np.arange(-reach, reach + 1)
    shifts = np.array([(dx, dy) for dx in steps for dy in steps])
    for dx, dy in shifts[np.argsort(np.hypot(*shifts.T), kind="stable")]:
        if not covered[rows + reach + dx, columns + reach + dy].any():
            yield np.array([dx * CELL, dy * CELL, 0.0])
