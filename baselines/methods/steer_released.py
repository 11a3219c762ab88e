"""Robotic Steering as its released code computes it: random factors per head, unselected ones masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.adaptable.trainable import Trainability, Trainable
from baselines.methods._base import HeadMethod, projection_weights, random_factors

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.adaptable.units import Head


@dataclass(frozen=True)
class SteerReleased(HeadMethod):
    """Every linear module of both streams has random factors; gradients are masked before they are clipped.

    Trained are query and output factors of the selected heads, all feed-forward factors of the language
    stream and the projections. Factors of the expert, of keys and values and of other heads stay random, so
    they change the policy from the first step on, and unselected heads move with the output factor that all
    share. Source: `make_head_tuning_config` and `AdamWForHeadTuning` in chancharikmitra/openpi_robotv
    (`freeze_kv`, expert and vision frozen, `gemma_2b_lora` and `gemma_300m_lora`, no moving average).
    """

    name: str = "steer-released"
    learning_rate: float = 1e-3
    weight_decay: float = 1e-10
    starts_at_base: bool = False
    pads_actions: bool = True
    rank: int = 16
    expert_rank: int = 32

    def trainable(
        self, policy: AdaptablePolicy, heads: Mapping[str, Sequence[Head]], trainability: Trainability
    ) -> Trainable:
        """Factors of everything, of which the selected heads' and the feed-forward layers' are trained."""
        random = random_factors(policy, "language", self.rank, trainability, heads["language"])
        random |= random_factors(policy, "expert", self.expert_rank, trainability, (), feed_forward=False)
        return Trainable(weights=projection_weights(policy, trainability), random=random)


METHOD = SteerReleased()
