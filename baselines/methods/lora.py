"""LoRA on all attention and feed-forward layers of both streams, through `peft`; vision frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.adaptable.trainable import Trainability, Trainable
from baselines.methods._base import ATTENTION, FEED_FORWARD, Method, linears, projection_weights

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.adaptable.units import Head


@dataclass(frozen=True)
class Lora(Method):
    """Ranks from openpi's `gemma_2b_lora` and `gemma_300m_lora`.

    It is not openpi's recipe, which has factors per head, both random, and trains the vision tower in full.
    """

    name: str = "lora"
    learning_rate: float = 1e-3
    language_rank: int = 16
    expert_rank: int = 32
    language: tuple[str, ...] = (ATTENTION, FEED_FORWARD)
    """Linear layers of the language stream that get an adapter."""
    expert: tuple[str, ...] = (ATTENTION, FEED_FORWARD)
    """Linear layers of the action expert that get an adapter."""
    projections: bool = True
    """Also train the action projections, which openpi's recipe leaves unfrozen."""

    def trainable(
        self, policy: AdaptablePolicy, heads: Mapping[str, Sequence[Head]], trainability: Trainability
    ) -> Trainable:
        """Adapters on every linear module of the kinds asked for that is not inert."""
        ranks = {
            name: self.language_rank for name in linears(policy, "language", self.language, trainability)
        }
        ranks |= {name: self.expert_rank for name in linears(policy, "expert", self.expert, trainability)}
        return Trainable(
            weights=projection_weights(policy, trainability) if self.projections else (), lora=ranks
        )


METHOD = Lora()
