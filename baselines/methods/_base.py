"""What methods share: the interface, and the parts of a policy that they train."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.adaptable.trainable import RandomFactors, Trainability, Trainable
from baselines.adaptable.units import ATTENTION, FEED_FORWARD

__all__ = [
    "ATTENTION",
    "FEED_FORWARD",
    "HeadMethod",
    "Method",
    "linears",
    "part_weights",
    "projection_weights",
    "random_factors",
]

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.adaptable.units import Head

PUBLISHED_RATE = 2.5e-5
"""Peak learning rate for policies of billions of parameters (arXiv 2511.22697, openpi)."""
LARGE = 10**9
"""Parameters from which `PUBLISHED_RATE` applies; small policies need larger steps."""


@dataclass(frozen=True)
class Method(abc.ABC):
    """A way to adapt a policy. Variants are made by `dataclasses.replace`."""

    name: str
    learning_rate: float = 3e-4  # peak, for policies of a few million parameters
    weight_decay: float = 0.01  # of AdamW
    ema: float = 0.0
    """Decay of the moving average of trained weights that is kept in their place; 0 keeps the last ones."""
    augmented_copies: int = 0
    """Trained on so many augmented copies of each frame (`baselines.data.augment`), or on the frames."""
    starts_at_base: bool = True
    """Whether actions are the policy's own before the first step."""
    pads_actions: bool = False
    """Whether the loss counts the numbers with which the policy pads an action."""
    uses_heads: bool = False
    trains: bool = True

    @abc.abstractmethod
    def trainable(
        self, policy: AdaptablePolicy, heads: Mapping[str, Sequence[Head]], trainability: Trainability
    ) -> Trainable:
        """What to train; `heads` by stream is empty unless `uses_heads`. Never names inert parameters."""

    def peak_rate(self, total_params: int) -> float:
        """Peak learning rate for a policy of that size."""
        return PUBLISHED_RATE if total_params >= LARGE else self.learning_rate


@dataclass(frozen=True)
class HeadMethod(Method):
    """A method that adapts selected attention heads."""

    uses_heads: bool = True
    selector: str = "knn"
    reading: str = "action_clean"
    """Whose activations are scored, see `baselines.adaptable.readings`: the authors' code reads action_clean.

    A stream whose heads cannot be ranked by it has a usual one of its own."""
    streams: tuple[str, ...] = ("language",)
    """Streams whose heads are adapted."""
    head_fraction: float = 20 / 144
    """Share of each stream's heads, at least `min_heads` (the paper takes 20 of 18 x 8)."""
    min_heads: int = 4
    unit: str = "head"
    """What is selected: single heads, or whole layers, as many as hold at least that number of heads."""
    include_inert_heads: bool = False
    """Also rank heads that cannot change the action; they are selected but not trained."""


def projection_weights(policy: AdaptablePolicy, trainability: Trainability) -> tuple[str, ...]:
    """Trainable parameters of the part `projections`."""
    return part_weights(policy, "projections", trainability)


def part_weights(policy: AdaptablePolicy, part: str, trainability: Trainability) -> tuple[str, ...]:
    """Trainable parameters of a part."""
    return tuple(sorted(name for name in trainability.parameters if policy.part(name) == part))


def random_factors(
    policy: AdaptablePolicy,
    stream: str,
    rank: int,
    trainability: Trainability,
    heads: Sequence[Head] | None = None,
    *,
    feed_forward: bool = True,
) -> dict[str, RandomFactors]:
    """openpi's LoRA on all linear modules of `stream` that can change the action.

    With `heads`, of the attention only the query and output factors of these are trained; without
    `feed_forward` nothing of the feed-forward layers is. What is not trained is there all the same.
    """
    found: dict[str, RandomFactors] = {}
    own = policy.streams.get(stream)
    for number, layer in enumerate(own.layers if own else ()):
        assert own is not None
        queries, shared = own.info.heads, own.info.kv_heads
        chosen = range(queries) if heads is None else [head for place, head in heads if place == number]
        rest = range(shared if heads is None else 0)
        found[layer.query] = RandomFactors(rank, queries, True, tuple(chosen))
        found[layer.key] = found[layer.value] = RandomFactors(rank, shared, True, tuple(rest))
        found[layer.output] = RandomFactors(rank, queries, False, tuple(chosen))
        for name in layer.feed_forward:
            found[name] = RandomFactors(rank, 1, True, (0,) if feed_forward else ())
    return {name: factors for name, factors in found.items() if trainability.module(name)}


def linears(
    policy: AdaptablePolicy, stream: str, kinds: Sequence[str], trainability: Trainability
) -> list[str]:
    """Names of the linear modules of those kinds in `stream` that can change the action.

    None where the policy has no such stream.
    """
    layers = policy.streams[stream].layers if stream in policy.streams else ()
    return [name for layer in layers for name in layer.modules(kinds) if trainability.module(name)]
