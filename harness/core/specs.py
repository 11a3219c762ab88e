"""What a policy sees and does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STATE_DIM = 8
"""End-effector position (3, m), axis-angle of its xyzw quaternion (3, rad), gripper joints (2, m)."""

ACTION_DIM = 7
"""OSC_POSE deltas (3 position, 3 rotation) and gripper (-1 opens, +1 closes), each in [-1, 1], 20 Hz."""


@dataclass(frozen=True)
class Observation:
    """What a policy sees. Images are upright (LIBERO's 180 degree turn is already applied, once)."""

    agentview: NDArray[np.uint8]  # [height, width, 3]
    wrist: NDArray[np.uint8]  # [height, width, 3]
    state: NDArray[np.float32]  # [STATE_DIM]
    instruction: str
