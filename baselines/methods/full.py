"""Full finetuning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from baselines.methods._base import Method
from baselines.selection.problem import Head
from baselines.training.trainability import Alive
from baselines.training.trainable import Plan


@dataclass(frozen=True)
class Full(Method):
    """Trains every parameter that can change the action, vision tower included."""

    name: str = "full"
    learning_rate: float = 1e-4

    def plan(self, model: Any, heads: Mapping[str, Sequence[Head]], alive: Alive) -> Plan:
        """All live parameters."""
        return Plan(weights=tuple(sorted(alive.parameters)))


METHOD = Full()
