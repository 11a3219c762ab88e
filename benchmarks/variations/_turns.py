"""Rotations that several variations need."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def about(axis: Array, degrees: float) -> Array:
    """Rotation [3, 3] about `axis` [3]."""
    quaternion, matrix = np.zeros(4), np.zeros(9)
    mujoco.mju_axisAngle2Quat(quaternion, np.asarray(axis, float) / np.linalg.norm(axis), np.radians(degrees))
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)


def matrix(quaternion: Array) -> Array:
    """Rotation [3, 3] of a wxyz quaternion."""
    result = np.zeros(9)
    mujoco.mju_quat2Mat(result, quaternion)
    return result.reshape(3, 3)


def quaternion(rotation: Array) -> Array:
    """The wxyz quaternion [4] of a rotation."""
    result = np.zeros(4)
    mujoco.mju_mat2Quat(result, np.ascontiguousarray(rotation).reshape(-1))
    return result


def level_axis(rng: np.random.Generator) -> Array:
    """A horizontal direction [3] drawn evenly."""
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle), 0.0])
