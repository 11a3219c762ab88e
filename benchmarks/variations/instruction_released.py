"""What published evaluations tell a policy: LIBERO-Plus's names of tasks, with the numbers behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations import _prompts
from harness.core import registry
from harness.core.keys import Task


@dataclass(frozen=True)
class Released(_prompts.Prompt):
    """One level."""

    def refusal(self, task: Task) -> str:
        """Only where it is another instruction than the task's."""
        told = registry.find("suite", task.suite).released_instruction(task.task_id)
        return (
            "" if told else f"published evaluations tell the instruction of {task.suite} {task.task_id} as is"
        )

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Say it."""
        task = edit.task
        edit.instruction = registry.find("suite", task.suite).released_instruction(task.task_id)
        return ""


VARIATION = Released(quantities=(0.0, 1.0), unit="other wording")
