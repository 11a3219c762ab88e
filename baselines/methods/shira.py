"""SHiRA (arXiv 2406.13175): single weights drawn at random, as many as `steer-attn` trains in its heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.adaptable.trainable import Trainability
from baselines.methods._peft import PeftMethod
from baselines.methods.steer_attn import METHOD as STEER_ATTN

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy


@dataclass(frozen=True)
class Shira(PeftMethod):
    """Control for head selection: the same number of parameters in the same modules, spread over all
    heads."""

    name: str = "shira"
    learning_rate: float = STEER_ATTN.learning_rate
    kind: str = "SHIRA"

    def targets(self, policy: AdaptablePolicy, trainability: Trainability) -> tuple[str, ...]:
        """Query and output projections of the language stream, which steering adapts."""
        layers = policy.stream("language").layers
        names = [name for layer in layers for name in (layer.query, layer.output)]
        return tuple(filter(trainability.module, names))

    def configuration(self, policy: AdaptablePolicy, targets: Sequence[str]) -> Mapping[str, object]:
        """Of a module of rank r as many weights are trained as LoRA of that rank would have numbers."""
        shapes = [policy.model.get_parameter(f"{name}.weight").shape for name in targets]
        info = policy.stream("language").info
        heads = max(STEER_ATTN.min_heads, round(STEER_ATTN.head_fraction * info.layers * info.heads))
        wanted = heads * 2 * STEER_ATTN.rank * (shapes[0][1] + info.head_size)
        most = min(first * second // (first + second) for first, second in shapes)
        rank = round(wanted / sum(map(sum, shapes)))
        return {"r": max(1, min(most, rank))}


METHOD = Shira()
