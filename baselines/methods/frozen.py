"""The policy as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from baselines.methods._base import Method
from baselines.selection.problem import Head
from baselines.training.trainability import Alive
from baselines.training.trainable import Plan


@dataclass(frozen=True)
class Frozen(Method):
    """Trains nothing: what the policy does without adaptation."""

    name: str = "frozen"
    trains: bool = False

    def plan(self, model: Any, heads: Mapping[str, Sequence[Head]], alive: Alive) -> Plan:
        """An empty plan."""
        return Plan()


METHOD = Frozen()
