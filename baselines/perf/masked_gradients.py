"""The way of the released code: adapters for every head, their gradients masked. For comparison only.

The released training gives each attention head its own two factors, as openpi's LoRA does, computes all
of them forward and backward, and multiplies the gradients of the heads that were not selected by zero. Its
images are augmented, so that vision features cannot be kept between steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.streams import Layer
from baselines.adaptable.trainable import Trainability, Trainable
from baselines.adaptable.units import Head
from baselines.training.attach import attach
from baselines.training.sliced import SlicedOutput, SlicedQuery

STREAM = "language"


def attach_masked(
    policy: AdaptablePolicy, trainable: Trainable, trainability: Trainability, seed: int
) -> dict[str, nn.Parameter]:
    """Adapters for all heads that can act, of which only those in `trainable` learn; gives all of them."""
    every = tuple((int(layer), int(head)) for layer, head in np.argwhere(trainability.heads[STREAM]))
    parameters = attach(policy, replace(trainable, heads={STREAM: every}), seed)
    for number, layer in enumerate(policy.streams[STREAM].layers):
        own = [head for place, head in trainable.heads[STREAM] if place == number]
        for module in adapters(policy, layer):
            mask = module.index.new_zeros(len(module.index), 1, 1, dtype=torch.float32)
            mask[own] = 1.0
            for value in (module.down, module.up):
                value.register_hook(lambda gradient, mask=mask: gradient * mask)
    return parameters


def adapters(policy: AdaptablePolicy, layer: Layer) -> list[SlicedQuery | SlicedOutput]:
    """The adapted projections of one layer, none where nothing was selected."""
    projections = [policy.model.get_submodule(name) for name in (layer.query, layer.output)]
    return [module for module in projections if isinstance(module, SlicedQuery | SlicedOutput)]


@torch.no_grad()
def copy_start(sliced: AdaptablePolicy, masked: AdaptablePolicy) -> None:
    """Give the selected heads of `masked` the first factors that they have in `sliced`."""
    for layer in sliced.streams[STREAM].layers:
        for module, full in zip(adapters(sliced, layer), adapters(masked, layer), strict=False):
            full.down[module.index] = module.down


def selected(policy: AdaptablePolicy, heads: Sequence[Head]) -> dict[str, torch.Tensor]:
    """Copies of the factors of `heads`, best first as given, whichever way they were attached."""
    found = {}
    layers = policy.streams[STREAM].layers
    for layer, head in heads:
        for module in adapters(policy, layers[layer]):
            place = module.index.tolist().index(head)
            for name, value in (("down", module.down), ("up", module.up)):
                key = f"{layer}.{head}.{type(module).__name__}.{name}"
                found[key] = value[place].detach().clone()
    return found


def difference(one: Mapping[str, torch.Tensor], two: Mapping[str, torch.Tensor]) -> float:
    """Norm of the difference of two sets of updates, relative to the norm of the first."""
    norm = torch.stack([value.norm() for value in one.values()]).norm()
    apart = torch.stack([(one[name] - two[name]).norm() for name in one]).norm()
    return float(apart / norm)
