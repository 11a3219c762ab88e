"""Full finetuning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.adaptable.trainable import Trainability, Trainable
from baselines.methods._base import Method

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.adaptable.units import Head


@dataclass(frozen=True)
class Full(Method):
    """Trains every parameter that can change the action, vision tower included."""

    name: str = "full"
    learning_rate: float = 1e-4

    def trainable(
        self, policy: AdaptablePolicy, heads: Mapping[str, Sequence[Head]], trainability: Trainability
    ) -> Trainable:
        """All parameters that are not inert."""
        return Trainable(weights=tuple(sorted(trainability.parameters)))


METHOD = Full()
