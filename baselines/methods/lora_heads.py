"""`steer` with every head: the adapters that it gives to some, without selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.adaptable.trainable import Trainability, Trainable
from baselines.methods._base import Method
from baselines.methods.steer import METHOD as STEER

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.adaptable.units import Head


@dataclass(frozen=True)
class AllHeads(Method):
    """Nothing is read or scored."""

    name: str = "lora-heads"
    learning_rate: float = STEER.learning_rate

    def trainable(
        self, policy: AdaptablePolicy, heads: Mapping[str, Sequence[Head]], trainability: Trainability
    ) -> Trainable:
        """Adapters of all heads of the streams that `steer` adapts, and whatever else it trains."""
        every = {}
        for stream in STEER.streams:
            layers, count = policy.stream(stream).grid
            every[stream] = tuple((layer, head) for layer in range(layers) for head in range(count))
        return STEER.trainable(policy, every, trainability)


METHOD = AllHeads()
