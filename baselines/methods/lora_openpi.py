"""openpi's low-memory recipe: LoRA factors per head, both random, on both streams; vision tower in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.adaptable.trainable import Trainability, Trainable
from baselines.methods._base import Method, part_weights, projection_weights, random_factors

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.adaptable.units import Head


@dataclass(frozen=True)
class LoraOpenpi(Method):
    """Source: `gemma_2b_lora`, `gemma_300m_lora` and `Pi0Config.get_freeze_filter` in openpi. No moving
    average."""

    name: str = "lora-openpi"
    learning_rate: float = 1e-4  # as `full`: most of what it trains is trained as it is
    weight_decay: float = 1e-10
    starts_at_base: bool = False
    pads_actions: bool = True
    language_rank: int = 16
    expert_rank: int = 32

    def trainable(
        self, policy: AdaptablePolicy, heads: Mapping[str, Sequence[Head]], trainability: Trainability
    ) -> Trainable:
        """Factors on every linear module of both streams, vision and projections as they are."""
        random = random_factors(policy, "language", self.language_rank, trainability)
        random |= random_factors(policy, "expert", self.expert_rank, trainability)
        vision = part_weights(policy, "vision", trainability) if "vision" in policy.parts else ()
        return Trainable(weights=vision + projection_weights(policy, trainability), random=random)


METHOD = LoraOpenpi()
