"""Which parameters and heads can change the action: found by one backward pass, not assumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from baselines.selection.activations import attention_layers, grid
from baselines.training.batches import Batches
from harness.core.rng import derive_rng

PROBE_FRAMES = 4


@dataclass(frozen=True)
class Alive:
    """Names of parameters with a gradient, and heads whose output projection gets one.

    The expert reads only keys and values of each language layer, so the last language layer's query,
    output and feed-forward weights are dead, whatever the data.
    """

    parameters: frozenset[str]
    heads: dict[str, NDArray[np.bool_]]  # stream -> [layers, heads]

    def module(self, name: str) -> bool:
        """Whether the weight of a linear module gets a gradient."""
        return f"{name}.weight" in self.parameters


def probe(batches: Batches) -> Alive:
    """One forward and backward pass over a few frames with everything trainable; leaves no trace."""
    model = batches.policy.model
    model.requires_grad_(True)
    rows = np.linspace(0, len(batches.frames) - 1, min(PROBE_FRAMES, len(batches.frames))).astype(np.int64)
    batches.loss(rows, derive_rng("probe")).backward()
    names = frozenset(
        name for name, value in model.named_parameters() if value.grad is not None and bool(value.grad.any())
    )
    d_head = grid(model)[2]
    heads = {
        stream: np.stack([_heads(layer.o_proj.weight, d_head) for layer in attention_layers(model, stream)])
        for stream in ("language", "expert")
    }
    model.zero_grad(set_to_none=True)
    model.requires_grad_(False)
    return Alive(names, heads)


def _heads(weight: torch.Tensor, d_head: int) -> NDArray[np.bool_]:
    if weight.grad is None:
        return np.zeros(weight.shape[1] // d_head, bool)
    return weight.grad.unflatten(1, (-1, d_head)).any(2).any(0).cpu().numpy()
