"""The frames of a demonstration on which heads are scored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baselines.data.frames import gripper_flips

STILL = 0.05
"""Largest move of the 6-D end-effector pose (metres and radians together) of a frame that counts as still.

Source: the keyframe rule of Robotic Steering (arXiv 2511.22697, released code).
"""


def keyframes(pose: NDArray[np.floating], actions: NDArray[np.floating]) -> NDArray[np.int64]:
    """Sorted indices: first, last, every gripper sign flip, and frames that hardly moved since the last.

    `pose` [frames, 6] is position and axis-angle, `actions` [frames, action size].
    """
    moved = np.linalg.norm(np.diff(pose, axis=0), axis=1)
    still = np.flatnonzero(moved < STILL) + 1
    return np.unique(np.concatenate([[0, len(pose) - 1], gripper_flips(actions), still])).astype(np.int64)
