"""Where LIBERO-Plus puts the outer camera (`_setup_camera` of its problems).

It turns about the vertical through the world's origin and about a horizontal axis 0.8 m above it, then moves
away from that point; every step is rounded to four decimals, also one that turns by nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from benchmarks.libero_plus.names import View

Array = NDArray[np.float64]

PIVOT = np.array([0.0, 0.0, 0.8])
"""m."""

DECIMALS = 4


def pose(position: Array, quaternion: Array, view: View) -> tuple[Array, Array]:
    """Position [3] m and quaternion [4] wxyz, of unit length, of LIBERO's camera at a view."""
    if view.vertical:
        position, quaternion = _turned(position, quaternion, _about_y(view.vertical), PIVOT)
    position, quaternion = _turned(position, quaternion, _about_z(view.horizontal), np.zeros(3))
    if view.scale != 100:
        position = _rounded(PIVOT + (position - PIVOT) * (view.scale / 100))
    if view.turned:
        quaternion = _turned(position, quaternion, _about_z(view.turned), position)[1]
    if view.tilted:
        quaternion = _turned(position, quaternion, _about_y(view.tilted), position)[1]
    return position, quaternion / np.linalg.norm(quaternion)


def _turned(position: Array, quaternion: Array, turn: Rotation, about: Array) -> tuple[Array, Array]:
    turned = (turn * Rotation.from_quat(np.roll(quaternion, -1))).as_quat()
    moved = turn.apply(position - about) + about
    return _rounded(moved), _rounded(np.roll(turned, 1))


def _rounded(numbers: Array) -> Array:
    """By Python's rule, as there: NumPy's rounds 1.15255 up, which is a little less."""
    return np.array([round(float(number), DECIMALS) for number in numbers])


def _about_y(degrees: int) -> Rotation:
    return Rotation.from_rotvec(np.radians(-degrees) * np.array([0.0, 1.0, 0.0]))


def _about_z(degrees: int) -> Rotation:
    return Rotation.from_euler("z", degrees, degrees=True)
