"""The object that is to be moved, larger or smaller."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.variations._reshaped import Factors, Reshaped
from harness.core.keys import Task

LARGEST, SMALLEST = 1.3, 0.8
"""Factors at level 4."""


@dataclass(frozen=True)
class ObjectSize(Reshaped):
    """The quantity is how much of the way to 1.3 or to 0.8 is gone; tasks and seeds take turns."""

    def factors(self, level: int, task: Task, seed: int) -> Factors:
        """The same along all axes."""
        end = LARGEST if (task.task_id + seed) % 2 else SMALLEST
        factor = 1 + self.quantities[level] / 100 * (end - 1)
        return factor, factor, factor


VARIATION = ObjectSize(
    quantities=(0.0, 25.0, 50.0, 75.0, 100.0), unit="% of the way to x0.8 or x1.3", groups=("libero-pro",)
)
