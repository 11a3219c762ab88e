"""IA3 (arXiv 2205.05638): a trained scale for each key, value and hidden feed-forward unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.adaptable.trainable import Trainability
from baselines.methods._peft import PeftMethod

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy


@dataclass(frozen=True)
class Ia3(PeftMethod):
    """Scales start at one."""

    name: str = "ia3"
    learning_rate: float = 1e-2
    kind: str = "IA3"

    def targets(self, policy: AdaptablePolicy, trainability: Trainability) -> tuple[str, ...]:
        """Keys, values, and the last feed-forward module, whose input is scaled."""
        layers = [layer for stream in policy.streams.values() for layer in stream.layers]
        names = [name for layer in layers for name in (layer.key, layer.value, *layer.feed_forward[-1:])]
        return tuple(filter(trainability.module, names))

    def configuration(self, policy: AdaptablePolicy, targets: Sequence[str]) -> Mapping[str, object]:
        """Which of the targets are feed-forward."""
        layers = [layer for stream in policy.streams.values() for layer in stream.layers]
        last = {name for layer in layers for name in layer.feed_forward[-1:]}
        return {"feedforward_modules": [name for name in targets if name in last]}


METHOD = Ia3()
