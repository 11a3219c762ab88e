"""Room for what is to be grasped: out from under something, or away from where a drawer will open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from benchmarks.experts import grasps, heightmap
from benchmarks.experts.scene import Scene

Array = NDArray[np.float64]

SLIDE = 0.008
"""Height at which an object is drawn over the table, m."""
MAX_SLIDE = 0.15
"""Longest shift, m."""
CELL = 0.01
"""Cell of the map of what hangs over an object, m."""
STEP = 0.03
"""Shifts are tried this far apart, m."""
MAX_TRIED = 16
ENOUGH = 40
"""Fewer possible grasps than this are not relied on, since things will lie a little differently."""


def clear_of(scene: Scene, name: str, tray: Array, home_yaw: float, rng: np.random.Generator) -> Array:
    """Shortest level shift [3] m after which `name` can be grasped beside `tray`, an open drawer's surface.

    Zeros if it can be grasped as it lies, or if no short shift helps.
    """
    load, others = scene.points(name), scene.others(name)
    blocked = np.concatenate([others, tray])
    beside = others[others[:, 2] > load[:, 2].min() + 0.01]
    tried: list[Array] = []
    for shift in chain([np.zeros(3)], free_shifts(load, beside)):
        if any(np.linalg.norm(shift - other) < STEP for other in tried):
            continue
        tried.append(shift)
        mass = scene.center_of_mass(name) + shift
        if len(grasps.search(scene, load + shift, blocked, mass, home_yaw, rng)) >= ENOUGH:
            return shift
        if len(tried) == MAX_TRIED:
            break
    return np.zeros(3)


def way_out(load: Array, cover: Array) -> Array:
    """Shortest level shift [3] m that brings `load` [n, 3] out from under `cover` [m, 3].

    Zeros if it is free already, or if no shift of at most `MAX_SLIDE` frees it.
    """
    return next(free_shifts(load, cover), np.zeros(3))


def free_shifts(load: Array, cover: Array) -> Iterator[Array]:
    """Level shifts [3] m of `load` [n, 3], shortest first, after which it is 1 cm clear of `cover` [m, 3]."""
    center, reach = load[:, :2].mean(axis=0), int(MAX_SLIDE / CELL)
    covered = np.isfinite(heightmap.top(cover, center, 2 * MAX_SLIDE, cell=CELL))
    covered = binary_dilation(covered)
    rows, columns = np.nonzero(np.isfinite(heightmap.top(load, center, MAX_SLIDE, cell=CELL)))
    steps = np.arange(-reach, reach + 1)
    shifts = np.array([(dx, dy) for dx in steps for dy in steps])
    for dx, dy in shifts[np.argsort(np.hypot(*shifts.T), kind="stable")]:
        if not covered[rows + reach + dx, columns + reach + dy].any():
            yield np.array([dx * CELL, dy * CELL, 0.0])
