"""What variations of an object's size, form and kind have in common: another model is compiled."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.build.task_text import moved_object
from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations._base import Observable, Variation
from harness.core.keys import Task

if TYPE_CHECKING:
    from benchmarks.sim.compiled_task import Changes

Factors = tuple[float, float, float]


@dataclass(frozen=True)
class MovedObject(Variation):
    """The object that the task moves differs in the compiled model; what stands around it stays."""

    changes: Observable = "pixels"
    claims: str = "object's shape"

    def refusal(self, task: Task) -> str:
        """An object must be moved."""
        return super().refusal(task) or ("" if moved_object(task) else "its task moves no object")


@dataclass(frozen=True)
class Reshaped(MovedObject):
    """The object gets other proportions."""

    @abstractmethod
    def factors(self, level: int) -> Factors:
        """Factors along the axes of the world, in which the object stands."""

    def rebuild(self, level: int, task: Task, seed: int) -> Changes:
        """Compile the object scaled."""
        return {"stretch": (moved_object(task), self.factors(level))}

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Stand the object on what it stood on: its origin may be in its middle."""
        name = moved_object(edit.task)
        item = scene_objects.movables(edit.sim)[name]
        factors = edit.sim.changes["stretch"][1]
        below = scene_objects.extent(edit.sim, item)[1]
        item.position(edit.sim)[2] += below * (1 - 1 / factors[2]) + 0.001
        return f"{name} x{factors[0]:.2f} wide, x{factors[2]:.2f} high"
