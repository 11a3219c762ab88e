"""The fake suite's goal, moved: for tests of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation
from harness.core.keys import Task


@dataclass(frozen=True)
class FakeShift(Variation):
    """Moves the goal in a drawn direction."""

    def refusal(self, task: Task) -> str:
        """Only the fake suite has such a goal."""
        return "" if task.suite == "fake" else "only the fake suite has a goal in a plane"

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Move the goal by the level's distance."""
        angle = rng.uniform(0, 2 * np.pi)
        plane: Any = edit.sim  # of the fake suite, whose goal is a point
        plane.goal = plane.goal + self.quantities[level] * np.array([np.cos(angle), np.sin(angle)])
        return f"towards {np.degrees(angle):.0f} degrees"


VARIATION = FakeShift(quantities=(0.0, 0.02, 0.05, 0.1, 0.2), unit="plane widths", changes="state")
