"""Adapters of `peft` by kind: attached, taken off again, and what a kind wants done at each training step."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor, nn

from baselines.adaptable.trainable import PeftAdapter
from harness.core.errors import UserError

if TYPE_CHECKING:
    from peft import AdaLoraModel, PeftModel
    from peft.tuners.tuners_utils import BaseTunerLayer


class StepHook(Protocol):
    """What training does at each step beside descending the loss."""

    def penalty(self) -> Tensor:
        """Added to the loss."""

    def after_step(self, step: int) -> None:
        """After the optimiser's step of that number, from 0, while gradients are there."""


def attach(model: nn.Module, adapter: PeftAdapter, steps: int) -> StepHook | None:
    """Put the adapter into `model`, drawn from its seed; frozen are all other parameters.

    `steps` is the length of the training, which some kinds plan by. Raises UserError where the kind does not
    take the layers.
    """
    from peft import get_peft_config, get_peft_model

    options = dict(adapter.options) | (_allocation(steps) if adapter.kind == "ADALORA" else {})
    asked = {"peft_type": adapter.kind, **options, "target_modules": list(adapter.targets)}
    try:
        with seeded(adapter.seed), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about models that are not transformers'
            wrapped = get_peft_model(model, get_peft_config(asked))
    except (ValueError, TypeError) as error:
        raise UserError(f"adapter kind {adapter.kind} does not take the policy's layers: {error}") from None
    for name in adapter.targets:
        layer(model, name)
    for name, value in model.named_parameters():
        if any(part in name for part in adapter.frozen):
            value.requires_grad_(False)
    return RankAllocation(wrapped) if adapter.kind == "ADALORA" else None


def layer(model: nn.Module, name: str) -> BaseTunerLayer:
    """The adapted layer of that name. Raises UserError where it has no adapter that could be merged."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    found = model.get_submodule(name)
    if not isinstance(found, BaseTunerLayer) or not callable(getattr(found, "merge", None)):
        raise UserError(
            f"layer {name!r} ({type(found).__name__}) has no adapter that could be merged into its weight; "
            "choose another kind of adapter or other layers"
        )
    return found


def merged(model: nn.Module, name: str) -> nn.Module:
    """The layer of that name with its adapter in its weight, without it. Raises UserError, see `layer`."""
    adapted = layer(model, name)
    adapted.merge()
    if not adapted.merged:
        raise UserError(f"the adapter of layer {name!r} ({type(adapted).__name__}) was not merged")
    return adapted.get_base_layer()


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """torch's global generator seeded inside and as before outside: `peft` draws from nothing else."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


class RankAllocation:
    """AdaLoRA's own (arXiv 2303.10512): factors are kept orthogonal, ranks move to where they matter."""

    def __init__(self, wrapped: PeftModel) -> None:
        from peft import AdaLoraConfig

        found = wrapped.base_model
        self.model: AdaLoraModel = found  # type: ignore[assignment]
        config = self.model.peft_config["default"]
        assert isinstance(config, AdaLoraConfig)
        self.weight = float(config.orth_reg_weight)
        self.factors = [
            (value, "lora_A" in name)
            for name, value in self.model.named_parameters()
            if "lora_A" in name or "lora_B" in name
        ]

    def penalty(self) -> Tensor:
        """Mean distance of the factors' products with themselves from the identity, weighted as peft does."""
        apart = []
        for value, first in self.factors:
            product = value @ value.T if first else value.T @ value
            apart.append(torch.linalg.norm(product - torch.eye(len(product), device=product.device)))
        return self.weight * torch.stack(apart).mean()

    def after_step(self, step: int) -> None:
        """Importance is taken from the gradients, the least important ranks are set to zero."""
        self.model.update_and_allocate(step)


def _allocation(steps: int) -> dict[str, int]:
    """A tenth of the training at full rank, the last half at the final one (of peft's example schedules)."""
    return {"total_step": steps, "tinit": steps // 10, "tfinal": steps // 2, "deltaT": max(1, steps // 100)}
