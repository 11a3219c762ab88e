"""What an adaptation trains: declared by a method, attached to the policy, merged back into its weights."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import nn

from baselines.policies.pi0.network import Model
from baselines.selection.activations import attention_layers, grid
from baselines.selection.problem import Head
from baselines.training.param_groups import PREFIXES
from baselines.training.sliced import SlicedOutput, SlicedQuery

WORDS = "model.vlm.language_model.embed_tokens."
LANGUAGE_LAYER = re.compile(r"model\.vlm\.language_model\.layers\.(\d+)\.(\w+)")
FEED_FORWARD_BLOCK = ("mlp", "post_attention_layernorm")
"""Parts of a layer behind its attention."""


@dataclass(frozen=True)
class Plan:
    """Trained parts by name; everything else is frozen."""

    weights: tuple[str, ...] = ()  # parameters trained as they are
    lora: Mapping[str, int] = field(default_factory=dict)  # linear module -> rank
    heads: Mapping[str, Sequence[Head]] = field(default_factory=dict)  # stream -> heads with own adapters
    head_rank: int = 16

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Plan:
        """Inverse of `to_json`, also after a round through JSON text."""
        heads = {stream: tuple(map(tuple, found)) for stream, found in values["heads"].items()}
        return cls(tuple(values["weights"]), dict(values["lora"]), heads, values["head_rank"])

    def frozen_blocks(self, layers: int) -> int:
        """How many blocks of the language stream's `layers` stay as they are, counted from below.

        A layer is two blocks, attention and feed-forward. -1 where what enters the lowest block changes
        too: image tokens or embedded words.
        """
        names = (*self.weights, *self.lora)
        if any(name.startswith((*PREFIXES["vision"], WORDS)) for name in names):
            return -1
        found = [match for match in map(LANGUAGE_LAYER.match, names) if match]
        trained = [2 * int(match[1]) + (match[2] in FEED_FORWARD_BLOCK) for match in found]
        trained += [2 * layer for layer, _ in self.heads.get("language", ())]
        return min([2 * layers, *trained])


def attach(model: Model, plan: Plan, seed: int) -> dict[str, nn.Parameter]:
    """Add the adapters of `plan`; returns the trained parameters by name, all others are frozen.

    First factors are drawn from `seed`, second factors are zero: actions are unchanged.
    """
    generator = torch.Generator().manual_seed(seed)
    if plan.lora:
        _attach_lora(model, plan.lora, seed)
    model.requires_grad_(False)
    for stream, heads in plan.heads.items():
        _attach_heads(model, stream, heads, plan.head_rank, generator)
    for name, value in model.named_parameters():
        value.requires_grad_(name in plan.weights or _is_adapter(name))
    return trained(model)


def trained(model: Model) -> dict[str, nn.Parameter]:
    """Parameters that require a gradient, by name."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def merge(model: Model) -> None:
    """Fold all adapters into the weights and take them off: afterwards the model is a plain pi0 again."""
    for parent, name, module in list(_children(model)):
        if isinstance(module, SlicedQuery | SlicedOutput):
            setattr(parent, name, module.merged())
        elif hasattr(module, "lora_A"):
            module.merge()
            setattr(parent, name, module.get_base_layer())
    model.requires_grad_(False)


def _attach_heads(
    model: Model, stream: str, heads: Sequence[Head], rank: int, generator: torch.Generator
) -> None:
    d_head = grid(model)[2]
    for layer, attention in enumerate(attention_layers(model, stream)):
        own = [head for place, head in heads if place == layer]
        if own:
            attention.q_proj = SlicedQuery(attention.q_proj, own, d_head, rank, generator)
            attention.o_proj = SlicedOutput(attention.o_proj, own, d_head, rank, generator)


def _attach_lora(model: Model, ranks: Mapping[str, int], seed: int) -> None:
    from peft import LoraConfig, inject_adapter_in_model
    from peft.tuners import tuners_utils

    # It would ask whether weights are spread over devices, in a module that our import left out.
    tuners_utils._torch_supports_distributed = False
    # Scale alpha / rank is 1, as in openpi's low-memory recipe.
    config = LoraConfig(
        target_modules=list(ranks), rank_pattern=dict(ranks), alpha_pattern=dict(ranks), lora_dropout=0.0
    )
    with seeded(seed):
        inject_adapter_in_model(config, model)


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """torch's global generator seeded inside and as before outside: `peft` draws from nothing else."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _children(model: Model) -> Iterator[tuple[nn.Module, str, Any]]:
    for parent in model.modules():
        for name, module in parent.named_children():
            yield parent, name, module


def _is_adapter(name: str) -> bool:
    last = name.rsplit(".", 1)[-1]
    return ".lora_" in name or (last in ("down", "up") and "_proj." in name)
