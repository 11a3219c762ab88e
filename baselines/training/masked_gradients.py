"""The way of the released code: adapters for every head, their gradients masked. For comparison only.

The released training gives each attention head its own two factors, as openpi's LoRA does, computes all
of them forward and backward, and multiplies the gradients of the heads that were not selected by zero. Its
images are augmented, so that vision features cannot be kept between steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from baselines.policies.pi0.network import Model
from baselines.selection.activations import attention_layers, grid
from baselines.selection.problem import Head
from baselines.training.sliced import SlicedOutput, SlicedQuery
from baselines.training.trainability import Alive
from baselines.training.trainable import Plan, attach

STREAM = "language"


def attach_masked(model: Model, plan: Plan, alive: Alive, seed: int) -> dict[str, nn.Parameter]:
    """Adapters for all heads that can act, of which only those in `plan` learn; returns what is trained."""
    layers, heads, _ = grid(model)
    every = tuple(
        (layer, head) for layer in range(layers) for head in range(heads) if alive.heads[STREAM][layer, head]
    )
    parameters = attach(model, Plan(plan.weights, plan.lora, {STREAM: every}, plan.head_rank), seed)
    for layer, attention in enumerate(attention_layers(model, STREAM)):
        own = [head for place, head in plan.heads[STREAM] if place == layer]
        for module in adapters(attention):
            mask = module.index.new_zeros(len(module.index), 1, 1, dtype=torch.float32)
            mask[own] = 1.0
            for value in (module.down, module.up):
                value.register_hook(lambda gradient, mask=mask: gradient * mask)
    return parameters


def adapters(attention: nn.Module) -> list[SlicedQuery | SlicedOutput]:
    """The adapted projections of one layer, none where nothing was selected."""
    projections = (attention.q_proj, attention.o_proj)
    return [module for module in projections if isinstance(module, SlicedQuery | SlicedOutput)]


@torch.no_grad()
def copy_start(sliced: Model, masked: Model) -> None:
    """Give the selected heads of `masked` the first factors that they have in `sliced`."""
    for own, other in zip(*(attention_layers(model, STREAM) for model in (sliced, masked)), strict=True):
        for module, full in zip(adapters(own), adapters(other), strict=False):
            full.down[module.index] = module.down


def selected(model: Model, heads: Sequence[Head]) -> dict[str, torch.Tensor]:
    """Copies of the factors of `heads`, best first as given, whichever way they were attached."""
    found = {}
    layers = attention_layers(model, STREAM)
    for layer, head in heads:
        for module in adapters(layers[layer]):
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
