"""Other words for the tasks: a table that people have reviewed, and rules for the rest."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.variations._base import Observable, Variation
from harness.core.keys import Task

TABLE = Path(__file__).with_name("instructions.csv")
"""One row for each task of libero_spatial, libero_object, libero_goal, libero_10 and robosuite_lift."""

CHATTY = (
    ("hello robot could you please", "thank you so much"),
    ("hey there i would be really glad if you could", "when you have a moment"),
    ("alright let us see whether you can", "for me please"),
)


@dataclass(frozen=True)
class Prompt(Variation):
    """A variation of the instruction alone; only one of them can be in an episode."""

    changes: Observable = "prompt"
    claims: str = "prompt"


@dataclass(frozen=True)
class Reviewed(Prompt):
    """One that is taken from the table."""

    def refusal(self, task: Task) -> str:
        """The instruction must be in the table."""
        if task.instruction in table():
            return ""
        return super().refusal(task) or f"no reviewed instructions for {task.suite}"


@cache
def table() -> dict[str, dict[str, str]]:
    """Instruction -> kind -> other instruction."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["instruction"]: row for row in csv.DictReader(file)}


def chatty(instruction: str, rng: np.random.Generator) -> str:
    """The instruction wrapped in polite talk."""
    before, after = CHATTY[int(rng.integers(len(CHATTY)))]
    return f"{before} {instruction} {after}"


def shuffled(instruction: str, share: float, rng: np.random.Generator) -> str:
    """The words in another order; `share` of them, at least two, are not where they were."""
    words = instruction.split()
    count = max(2, round(share * len(words)))
    chosen = rng.choice(len(words), size=count, replace=False)
    moved = [words[index] for index in np.roll(chosen, 1)]
    for index, word in zip(chosen, moved, strict=True):
        words[index] = word
    return " ".join(words)
