"""What all variations have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.episode.edit import Edit
from harness.core import registry
from harness.core.keys import Task

if TYPE_CHECKING:
    from benchmarks.sim.compiled_task import Changes

Observable = Literal["state", "pixels", "prompt", "physics"]
Expects = Literal["success", "failure"]


@dataclass(frozen=True)
class Variation(ABC):
    """Implements harness.core.protocols.Variation; the fields are described there."""

    quantities: tuple[float, ...]
    unit: str
    changes: Observable
    groups: tuple[str, ...] = ()
    expects: Expects = "success"
    claims: str = ""
    name: str = ""

    def refusal(self, task: Task) -> str:
        """Everything that is simulated by MuJoCo can be varied; elsewhere nothing is compiled or lit."""
        suite = registry.find("suite", task.suite)
        return "" if suite.uses_mujoco else f"{task.suite} is not simulated by MuJoCo"

    def rebuild(self, level: int, task: Task, seed: int) -> Changes:
        """Nothing: the compiled model is changed."""
        return {}

    @abstractmethod
    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Change the fresh episode on `edit`."""
