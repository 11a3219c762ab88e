"""The arm answers late."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Array, Edit
from benchmarks.variations._base import Variation

STILL = np.array([0.0, 0, 0, 0, 0, 0, -1.0])
"""What the arm does until the first action comes: nothing, the gripper open."""


@dataclass(frozen=True)
class ActionDelay(Variation):
    """The quantity is how many control steps of 50 ms each action comes late."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Let actions wait; nothing is drawn."""
        waiting = deque([STILL] * int(self.quantities[level]))
        edit.on_action.append(lambda action: _late(waiting, action))
        return ""


def _late(waiting: deque[Array], action: Array) -> Array:
    waiting.append(np.array(action))
    return waiting.popleft()


VARIATION = ActionDelay(
    quantities=(0.0, 1.0, 2.0, 3.0, 4.0), unit="control steps late", changes="physics", groups=("dynamics",)
)
