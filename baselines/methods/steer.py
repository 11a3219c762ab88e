"""Robotic Steering: heads read on denoised actions, as the authors' code does, and what it trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.adaptable.trainable import Trainability, Trainable
from baselines.methods._base import FEED_FORWARD, HeadMethod, linears, projection_weights

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.adaptable.units import Head


@dataclass(frozen=True)
class Steer(HeadMethod):
    """Own adapters for the task's heads, LoRA on the language stream's feed-forward layers, projections.

    Source: arXiv 2511.22697 and its released code, in which 15.9 of 19.6 million trained parameters of
    the 3-billion policy are feed-forward adapters. Adapters are local to a head, as in the text; in the code
    the output factors of a layer's heads are shared and both factors start at random.
    """

    name: str = "steer"
    learning_rate: float = 1e-3
    rank: int = 16
    ffn_rank: int = 16
    """Rank on the language stream's feed-forward layers; 0 leaves them frozen."""
    projections: bool = True

    def trainable(
        self, policy: AdaptablePolicy, heads: Mapping[str, Sequence[Head]], trainability: Trainability
    ) -> Trainable:
        """Adapters of the selected heads that are not inert, and whatever else the recipe trains."""
        able = {
            stream: tuple(head for head in chosen if trainability.heads[stream][head])
            for stream, chosen in heads.items()
        }
        feed_forward = linears(policy, "language", (FEED_FORWARD,), trainability) if self.ffn_rank else []
        return Trainable(
            weights=projection_weights(policy, trainability) if self.projections else (),
            lora={name: self.ffn_rank for name in feed_forward},
            heads=able,
            head_rank=self.rank,
        )


METHOD = Steer()
