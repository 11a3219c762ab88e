"""What methods share whose adapters are one of `peft`'s kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from baselines.adaptable.trainable import PeftAdapter, Trainability, Trainable
from baselines.methods._base import ATTENTION, FEED_FORWARD, Method, linears, projection_weights

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.adaptable.units import Head


@dataclass(frozen=True)
class PeftMethod(Method):
    """One kind of adapter on the layers that `lora` adapts, and the action projections as they are."""

    kind: str = ""
    """peft's `peft_type`."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Fields of the kind's configuration."""
    frozen: tuple[str, ...] = ()
    """Parts of names of adapter parameters that are not trained."""

    def trainable(
        self, policy: AdaptablePolicy, heads: Mapping[str, Sequence[Head]], trainability: Trainability
    ) -> Trainable:
        """Adapters on every target that can change the action."""
        targets = self.targets(policy, trainability)
        adapter = PeftAdapter(self.kind, targets, self.configuration(policy, targets), self.frozen)
        return Trainable(weights=projection_weights(policy, trainability), peft=(adapter,))

    def targets(self, policy: AdaptablePolicy, trainability: Trainability) -> tuple[str, ...]:
        """Attention and feed-forward layers of both streams."""
        kinds = (ATTENTION, FEED_FORWARD)
        return tuple(
            name for stream in ("language", "expert") for name in linears(policy, stream, kinds, trainability)
        )

    def configuration(self, policy: AdaptablePolicy, targets: Sequence[str]) -> Mapping[str, object]:
        """Fields of the kind's configuration for these targets."""
        return self.options
