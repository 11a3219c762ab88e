"""The object that is to be moved in another form: taller or flatter on the same footprint."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.variations._reshaped import Factors, Reshaped
from harness.core.keys import Task

TALLEST, FLATTEST = 1.6, 0.6
"""Heights at level 4, in its own; the footprint must still fit the gripper and the place it goes to."""


@dataclass(frozen=True)
class ObjectForm(Reshaped):
    """The quantity is how much of the way to x1.6 or x0.6 in height is gone; tasks and seeds take turns."""

    def factors(self, level: int, task: Task, seed: int) -> Factors:
        """Along the vertical only."""
        end = TALLEST if (task.task_id + seed) % 2 == 0 else FLATTEST
        return 1.0, 1.0, 1 + self.quantities[level] / 100 * (end - 1)


VARIATION = ObjectForm(
    quantities=(0.0, 25.0, 50.0, 75.0, 100.0),
    unit="% of the way to x0.6 or x1.6 of the height",
    groups=("paper",),
)
