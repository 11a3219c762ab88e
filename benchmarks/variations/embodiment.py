"""Another gripper; another arm with the Panda's gripper; with its own; and on a base moved sideways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation
from harness.core.keys import Task

if TYPE_CHECKING:
    from benchmarks.sim.compiled_task import Changes

ARMS = {
    "UR5e": "Robotiq85Gripper",
    "IIWA": "Robotiq140Gripper",
    "Kinova3": "Robotiq85Gripper",
    "Sawyer": "RethinkGripper",
    "Jaco": "JacoThreeFingerGripper",
}
"""Arms and their own grippers. Tasks and seeds take turns, so that a cell of a table needs one model."""

PANDA_GRIPPERS = ("Robotiq85Gripper", "Robotiq140Gripper")
"""Mounted on the Panda at level 1. Sawyer's own closes to 14 mm only, which holds no bowl by its rim."""

BASE_SHIFT = 0.08
"""By how much the base is moved sideways at level 4, m."""


REPORTED = ("robot", "gripper", "base")
"""Changes of the model that the row names."""


@dataclass(frozen=True)
class Embodiment(Variation):
    """The quantity counts what differs: gripper 1, arm 2, arm and gripper 3, their base too 4."""

    def rebuild(self, level: int, task: Task, seed: int) -> Changes:
        """Compile another robot."""
        turn = task.task_id + seed
        if level == 1:
            return {"gripper": PANDA_GRIPPERS[turn % len(PANDA_GRIPPERS)]}
        arm = list(ARMS)[turn % len(ARMS)]
        changes: Changes = {"robot": arm}
        if level >= 3:
            changes["gripper"] = ARMS[arm]
        if level == 4:
            changes["base"] = (0.0, BASE_SHIFT if turn % 2 else -BASE_SHIFT)
        return changes

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Nothing more: everything is compiled in."""
        return ", ".join(f"{name} {value}" for name, value in edit.sim.changes.items() if name in REPORTED)


VARIATION = Embodiment(
    quantities=(0.0, 1.0, 2.0, 3.0, 4.0), unit="parts that differ", changes="pixels", claims="robot"
)
