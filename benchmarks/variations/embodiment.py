"""Another gripper; another arm with the Panda's gripper; with its own; and on a base moved aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation
from harness.core.keys import Task

ARMS = {
    "UR5e": "Robotiq85Gripper",
    "IIWA": "Robotiq140Gripper",
    "Kinova3": "Robotiq85Gripper",
    "Sawyer": "RethinkGripper",
    "Jaco": "JacoThreeFingerGripper",
}
"""Arms and their own grippers. Tasks and seeds take turns, so that a cell of a table needs one model."""

FOREIGN_GRIPPERS = ("Robotiq85Gripper", "Robotiq140Gripper")
"""On the Panda at level 1. Sawyer's own closes to 14 mm only, which holds no bowl by its rim."""

ASIDE = 0.08
"""By how much the base is moved sideways at level 4, m."""


@dataclass(frozen=True)
class Embodiment(Variation):
    """The quantity counts what differs: gripper 1, arm 2, arm and gripper 3, their base too 4."""

    def rebuild(self, level: int, task: Task, seed: int) -> Mapping[str, Any]:
        """Compile another robot."""
        turn = task.task_id + seed
        if level == 1:
            return {"gripper": FOREIGN_GRIPPERS[turn % len(FOREIGN_GRIPPERS)]}
        arm = list(ARMS)[turn % len(ARMS)]
        fields: dict[str, Any] = {"robot": arm}
        if level >= 3:
            fields["gripper"] = ARMS[arm]
        if level == 4:
            fields["base"] = (0.0, ASIDE if turn % 2 else -ASIDE)
        return fields

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Everything was compiled in."""
        return ", ".join(f"{name} {value}" for name, value in edit.sim.changes.items() if name in FIELDS)


FIELDS = ("robot", "gripper", "base")

VARIATION = Embodiment(
    quantities=(0.0, 1.0, 2.0, 3.0, 4.0), unit="parts that differ", changes="pixels", claims="robot"
)
