"""Adapters of an adaptation: attached to a policy, and merged back into its weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import nn

from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.streams import Layer, Stream
from baselines.adaptable.trainable import Trainable
from baselines.training import peft_adapters
from baselines.training.peft_adapters import StepHook
from baselines.training.random_factors import RandomAdapter
from baselines.training.sliced import SlicedOutput, SlicedQuery


class Attached(dict[str, nn.Parameter]):
    """Trained parameters by name, and what their adapters want done at each step."""

    hooks: tuple[StepHook, ...] = ()


def attach(policy: AdaptablePolicy, trainable: Trainable, seed: int, steps: int = 1000) -> Attached:
    """Add the adapters of `trainable`; returns the trained parameters by name, all others are frozen.

    First factors are drawn from `seed`, second factors are zero: actions are unchanged. Where the plan has
    random factors both are drawn, and actions change. `steps` is the length of the training to come. Raises
    UserError for a kind of adapter that the policy's layers do not take.
    """
    model, generator = policy.model, torch.Generator().manual_seed(seed)
    known = {id(value) for value in model.parameters()}
    found = [peft_adapters.attach(model, adapter, steps) for adapter in trainable.peft]
    if trainable.lora:
        _attach_lora(model, trainable.lora, seed)
    for stream, layer, heads in _adapted_layers(policy, trainable):
        for kind, name in ((SlicedQuery, layer.query), (SlicedOutput, layer.output)):
            base = model.get_submodule(name)
            assert isinstance(base, nn.Linear), f"{name} is no linear module"
            size = stream.info.head_size
            _replace(model, name, kind(base, heads, size, trainable.head_rank, generator))
    for name, factors in trainable.random.items():
        base = model.get_submodule(name)
        assert isinstance(base, nn.Linear), f"{name} is no linear module"
        _replace(model, name, RandomAdapter(base, factors, generator))
    for name, value in model.named_parameters():
        value.requires_grad_(name in trainable.weights or (id(value) not in known and value.requires_grad))
    attached = Attached(trained(model))
    attached.hooks = tuple(hook for hook in found if hook)
    return attached


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """Parameters that require a gradient, by name."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def saved(model: nn.Module) -> dict[str, torch.Tensor]:
    """All that an adapter's file must hold, by name: trained parameters, and drawn ones that stay."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    kept: dict[str, torch.Tensor] = dict(trained(model))
    for name, module in model.named_modules():
        if isinstance(module, BaseTunerLayer) and isinstance(module, nn.Module):
            own = {key: value for key, value in module.state_dict().items() if "base_layer." not in key}
            kept |= {f"{name}.{key}": value for key, value in own.items()}
        if isinstance(module, RandomAdapter):
            kept |= {f"{name}.fixed_down": module.fixed_down, f"{name}.fixed_up": module.fixed_up}
    return kept


def merge(policy: AdaptablePolicy, trainable: Trainable) -> None:
    """Fold all adapters into the weights and take them off: the model is as it was built again.

    Raises UserError for an adapter that cannot be merged.
    """
    model = policy.model
    for name in (*trainable.lora, *(name for adapter in trainable.peft for name in adapter.targets)):
        _replace(model, name, peft_adapters.merged(model, name))
    for _, layer, _ in _adapted_layers(policy, trainable):
        for name in (layer.query, layer.output):
            sliced = model.get_submodule(name)
            assert isinstance(sliced, SlicedQuery | SlicedOutput)
            _replace(model, name, sliced.merged())
    for name in trainable.random:
        adapter = model.get_submodule(name)
        assert isinstance(adapter, RandomAdapter)
        _replace(model, name, adapter.merged())
    model.requires_grad_(False)


def _adapted_layers(
    policy: AdaptablePolicy, trainable: Trainable
) -> Iterator[tuple[Stream, Layer, list[int]]]:
    """Layers with heads that have adapters of their own, lowest first, and these heads."""
    for name, heads in trainable.heads.items():
        stream = policy.streams[name]
        for number, layer in enumerate(stream.layers):
            own = [head for place, head in heads if place == number]
            if own:
                yield stream, layer, own


def _replace(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, module)


def _attach_lora(model: nn.Module, ranks: Mapping[str, int], seed: int) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    # Scale alpha / rank is 1, as in openpi's low-memory recipe.
    config = LoraConfig(
        target_modules=list(ranks), rank_pattern=dict(ranks), alpha_pattern=dict(ranks), lora_dropout=0.0
    )
    with peft_adapters.seeded(seed):
        inject_adapter_in_model(config, model)
