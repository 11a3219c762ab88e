"""The policy was adapted to another task of the study: the k-th after this one at level k."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation
from harness.core.keys import Task


@dataclass(frozen=True)
class UnseenTask(Variation):
    """The scene is left alone: the engine gives it another adaptation (harness.study.study)."""

    def refusal(self, task: Task) -> str:
        """Every task can be unseen."""
        return ""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Nothing changes here."""
        return f"adapted to the task {level} further on"


VARIATION = UnseenTask(
    quantities=(0.0, 1.0, 2.0, 3.0, 4.0),
    unit="tasks away",
    changes="task",
    groups=("paper", "libero-pro"),
)
