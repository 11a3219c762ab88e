"""Shape of the Panda gripper around its grip site, measured on robosuite 1.4.0's collision meshes.

Frame of the grip site: the fingers move along x, the hand approaches along +z.
"""

from __future__ import annotations

import numpy as np

from benchmarks.experts.view import Array

TIP = 0.0092
"""From the grip site down to the fingertips, m."""
OPENING = 0.0385
"""From the middle to the inner face of an open finger, m."""
WIDE_OPEN = 0.04
"""Joint of each open finger, m; other grippers' opening is told on this scale."""
FINGER = 0.017
"""Thickness of a finger along its motion, m."""
FINGER_HALF_WIDTH = 0.0105
"""Half the width of a finger across its motion, m."""
PAD_HALF_WIDTH = 0.008
"""Half the width of the rubber pad, m."""
PAD_RANGE = (-0.0116, 0.0044)
"""Where the pads begin and end along the approach, grip site frame, m."""
PALM_DROP = 0.040
"""From the palm to the fingertips, m: the deepest grasp."""
PALM = (0.104, 0.032)
"""Half extents of the hand along and across the finger motion, m."""


def level(yaw: float) -> Array:
    """Rotation [3, 3] of a grip site that points straight down with its finger axis at `yaw` rad."""
    finger = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    down = np.array([0.0, 0.0, -1.0])
    return np.column_stack([finger, np.cross(down, finger), down])


def finger_yaw(rotation: Array) -> float:
    """Direction (rad) of the finger axis of a grip site `rotation` [3, 3], seen from above."""
    return float(np.arctan2(rotation[1, 0], rotation[0, 0]))


def nearest_yaw(yaw: float, reference: float) -> float:
    """`yaw` or `yaw` + pi, whichever is nearer to `reference`: the gripper is symmetric."""
    return reference + (yaw - reference + np.pi / 2) % np.pi - np.pi / 2


def outline(spacing: float = 0.004) -> Array:
    """Points [n, 3] on the undersides of the open hand's fingers and palm, grip site frame."""
    finger = np.arange(OPENING, OPENING + FINGER, spacing)
    width = np.arange(-FINGER_HALF_WIDTH, FINGER_HALF_WIDTH + spacing / 2, spacing)
    palm_x = np.arange(-PALM[0], PALM[0] + spacing / 2, spacing)
    palm_y = np.arange(-PALM[1], PALM[1] + spacing / 2, spacing)
    parts = [
        _sheet(finger, width, TIP),
        _sheet(-finger, width, TIP),
        _sheet(palm_x, palm_y, TIP - PALM_DROP),
    ]
    return np.concatenate(parts)


def _sheet(xs: Array, ys: Array, z: float) -> Array:
    grid_x, grid_y = np.meshgrid(xs, ys)
    return np.column_stack([grid_x.ravel(), grid_y.ravel(), np.full(grid_x.size, z)])
