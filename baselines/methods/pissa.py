"""PiSSA (arXiv 2404.02948): LoRA that starts from the largest singular vectors of each weight, rank 16."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.methods._peft import PeftMethod

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy


@dataclass(frozen=True)
class Pissa(PeftMethod):
    """A weight has no more singular vectors than its shorter side."""

    name: str = "pissa"
    learning_rate: float = 3e-4  # what it adapts are the weights' own largest directions
    kind: str = "LORA"
    rank: int = 16

    def configuration(self, policy: AdaptablePolicy, targets: Sequence[str]) -> Mapping[str, object]:
        """The rank, or that of the weight."""
        shapes = {name: policy.model.get_parameter(f"{name}.weight").shape for name in targets}
        ranks = {name: min(self.rank, *shape) for name, shape in shapes.items()}
        return {
            "r": self.rank,
            "rank_pattern": ranks,
            "alpha_pattern": ranks,
            "init_lora_weights": "pissa",
        }


METHOD = Pissa()
