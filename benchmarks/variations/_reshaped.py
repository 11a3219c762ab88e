"""What variations of an object's size, form and kind have in common: it is compiled otherwise."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations._base import Variation
from harness.core.keys import Task

Factors = tuple[float, float, float]


@dataclass(frozen=True)
class MovedObject(Variation):
    """The object that the task moves is compiled otherwise; what stands around it stays."""

    changes: str = "pixels"
    claims: str = "object's shape"

    def refusal(self, task: Task) -> str:
        """An object must be moved."""
        return super().refusal(task) or ("" if target(task) else "its task moves no object")


@dataclass(frozen=True)
class Reshaped(MovedObject):
    """The object gets other proportions."""

    @abstractmethod
    def factors(self, level: int, task: Task, seed: int) -> Factors:
        """Factors along the axes of the world, in which the object stands."""

    def rebuild(self, level: int, task: Task, seed: int) -> Mapping[str, Any]:
        """Compile the object scaled."""
        return {"stretch": (target(task), self.factors(level, task, seed))}

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Stand the object on what it stood on: its origin may be in its middle."""
        name = target(edit.task)
        item = scene_objects.movables(edit.sim)[name]
        factors = edit.sim.changes["stretch"][1]
        below = scene_objects.reach(edit.sim, item)[1]
        item.place(edit.sim)[2] += below * (1 - 1 / factors[2]) + 0.001
        return f"{name} x{factors[0]:.2f} wide, x{factors[2]:.2f} high"


def target(task: Task) -> str:
    """The object that the task's goal moves; empty where it moves furniture only."""
    from benchmarks.build.task_text import moved_object

    return moved_object(task)
