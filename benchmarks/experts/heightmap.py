"""Height maps: the highest (or lowest) surface point over each cell of a level grid."""

from __future__ import annotations

import numpy as np

from benchmarks.experts.view import Array

CELL = 0.004
"""Side of a cell, m."""


def top(points: Array, center: Array, half: float, yaw: float = 0.0, cell: float = CELL) -> Array:
    """Highest z of `points` [n, 3] in each cell of a square grid; -inf where there is none.

    The grid [n, n] reaches `half` m around `center` [2]; its first index runs along the direction `yaw`
    (rad) and its second one 90 degrees further. Odd n: the middle cell lies over `center`.
    """
    return _extreme(points, center, half, yaw, cell, lowest=False)


def bottom(points: Array, center: Array, half: float, yaw: float = 0.0, cell: float = CELL) -> Array:
    """Like `top`, but the lowest z; +inf where there is none."""
    return _extreme(points, center, half, yaw, cell, lowest=True)


def _extreme(points: Array, center: Array, half: float, yaw: float, cell: float, lowest: bool) -> Array:
    reach = int(np.ceil(half / cell))
    side = 2 * reach + 1
    grid = np.full(side * side, np.inf if lowest else -np.inf)
    flat = points[:, :2] - center
    cosine, sine = np.cos(yaw), np.sin(yaw)
    along = np.rint((flat[:, 0] * cosine + flat[:, 1] * sine) / cell).astype(np.int64) + reach
    across = np.rint((flat[:, 1] * cosine - flat[:, 0] * sine) / cell).astype(np.int64) + reach
    inside = (along >= 0) & (along < side) & (across >= 0) & (across < side)
    index = along[inside] * side + across[inside]
    (np.minimum if lowest else np.maximum).at(grid, index, points[inside, 2])
    return grid.reshape(side, side)
