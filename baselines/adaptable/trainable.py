"""What an adaptation trains, as a method declares it, and what could be trained at all. Plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from baselines.adaptable.units import Head

if TYPE_CHECKING:
    from baselines.adaptable.streams import Stream


@dataclass(frozen=True)
class Trainability:
    """What can change the action; everything else is inert.

    Where, say, an action expert reads only keys and values of each language layer, the last language
    layer's query, output and feed-forward weights are inert, whatever the data.
    """

    parameters: frozenset[str]
    """Names of parameters that get a gradient."""
    heads: Mapping[str, NDArray[np.bool_]]
    """Stream -> [layers, heads], True for heads whose output projection gets a gradient."""

    def inert(self, stream: str) -> tuple[Head, ...]:
        """Heads of a stream that cannot change the action."""
        return tuple((int(layer), int(head)) for layer, head in np.argwhere(~self.heads[stream]))

    def module(self, name: str) -> bool:
        """Whether the weight of a linear module gets a gradient."""
        return f"{name}.weight" in self.parameters


@dataclass(frozen=True)
class RandomFactors:
    """LoRA of a linear module, factors per head, both random: see `baselines.training.random_factors`."""

    rank: int
    heads: int
    per_output: bool
    """Heads share the module's output among them (query, key, value), or its input (output projection)."""
    trained: tuple[int, ...]
    """Heads whose factors are trained; the others' stay as they are drawn, and are part of the adapter."""


@dataclass(frozen=True)
class PeftAdapter:
    """An adapter of any kind that `peft` knows and can merge."""

    kind: str
    """peft's `peft_type`."""
    targets: tuple[str, ...]
    """Linear modules."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Fields of the kind's configuration."""
    frozen: tuple[str, ...] = ()
    """Parts of names of adapter parameters that stay as they are drawn."""
    seed: int = 0
    """Of everything that the kind draws, so that it is drawn again where an adaptation is restored."""


@dataclass(frozen=True)
class Trainable:
    """Trained parts by name; everything else is frozen."""

    weights: tuple[str, ...] = ()
    """Parameters that are trained as they are."""
    lora: Mapping[str, int] = field(default_factory=dict)
    """Linear module -> rank of its adapter."""
    heads: Mapping[str, Sequence[Head]] = field(default_factory=dict)
    """Stream -> heads that get adapters of their own."""
    head_rank: int = 16
    random: Mapping[str, RandomFactors] = field(default_factory=dict)
    """Linear module -> factors that change it from the first step on, trained or not."""

    peft: tuple[PeftAdapter, ...] = ()
    """Further adapters, on modules that have no other."""

    def names(self, streams: Mapping[str, Stream]) -> Iterator[str]:
        """Names of all parameters and modules that are trained, adapted or changed."""
        yield from self.weights
        yield from self.lora
        yield from self.random
        for adapter in self.peft:
            yield from adapter.targets
        for stream, heads in self.heads.items():
            for layer, _ in heads:
                yield streams[stream].layers[layer].query
                yield streams[stream].layers[layer].output

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Trainable:
        """Inverse of `to_json`, also after a round through JSON text."""
        heads = {
            stream: tuple((layer, head) for layer, head in found) for stream, found in values["heads"].items()
        }
        random = {
            name: RandomFactors(**{**own, "trained": tuple(own["trained"])})
            for name, own in values["random"].items()
        }
        peft = tuple(
            PeftAdapter(**{**own, "targets": tuple(own["targets"]), "frozen": tuple(own["frozen"])})
            for own in values["peft"]
        )
        return cls(tuple(values["weights"]), dict(values["lora"]), heads, values["head_rank"], random, peft)

    def seeded(self, seed: int) -> Trainable:
        """The same, with everything that `peft` draws from `seed`."""
        return replace(self, peft=tuple(replace(adapter, seed=seed) for adapter in self.peft))
