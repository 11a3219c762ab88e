"""The arm's motion is unsteady."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Array, Edit
from benchmarks.variations._base import Variation


@dataclass(frozen=True)
class ActionNoise(Variation):
    """The quantity is the deviation of noise on the arm's part of actions, which lie in [-1, 1]."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Add noise at every control step; the gripper's command stays."""
        edit.on_action.append(lambda action: _noisy(action, self.quantities[level], rng))
        return ""


def _noisy(action: Array, deviation: float, rng: np.random.Generator) -> Array:
    noise = deviation * rng.standard_normal(len(action) - 1)
    return np.append(np.clip(action[:-1] + noise, -1, 1), action[-1])


VARIATION = ActionNoise(
    quantities=(0.0, 0.05, 0.1, 0.15, 0.2),
    unit="deviation of actions",
    changes="physics",
    groups=("dynamics",),
)
