"""Robotic Steering, the released recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from baselines.methods._base import FEED_FORWARD, Method, linears, projection_weights
from baselines.selection.problem import Head
from baselines.training.trainability import Alive
from baselines.training.trainable import Plan


@dataclass(frozen=True)
class Steer(Method):
    """Own adapters for the task's heads, LoRA on the language stream's feed-forward layers, projections.

    Source: arXiv 2511.22697 and its released code, in which 15.9 of 19.6 million trained parameters of
    the 3-billion policy are feed-forward adapters.
    """

    name: str = "steer"
    learning_rate: float = 1e-3
    uses_heads: bool = True
    selector: str = "knn"
    token: str = "action_first"
    """Token whose activations are scored: action_first (released code) or prefix_last (paper's text)."""
    streams: tuple[str, ...] = ("language",)
    """Streams whose heads are adapted; the expert's are always scored on its own first action token."""
    head_fraction: float = 20 / 144
    """Share of each stream's heads, at least `min_heads` (the paper takes 20 of 18 x 8)."""
    min_heads: int = 4
    unit: str = "head"
    """What is selected: single heads, or whole layers, as many as hold at least that number of heads."""
    include_dead: bool = False
    """Also rank heads that cannot change the action; they are selected but not trained."""
    rank: int = 16
    ffn_rank: int = 16
    """Rank on the language stream's feed-forward layers; 0 leaves them frozen."""
    projections: bool = True

    def plan(self, model: Any, heads: Mapping[str, Sequence[Head]], alive: Alive) -> Plan:
        """Adapters of the selected heads that are alive, and whatever else the recipe trains."""
        living = {
            stream: tuple(head for head in chosen if alive.heads[stream][head])
            for stream, chosen in heads.items()
        }
        feed_forward = linears(model, "language", FEED_FORWARD, alive) if self.ffn_rank else []
        return Plan(
            weights=projection_weights(alive) if self.projections else (),
            lora={name: self.ffn_rank for name in feed_forward},
            heads=living,
            head_rank=self.rank,
        )


METHOD = Steer()
