"""Which parameters and heads can change the action: found by one backward pass, not assumed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import nn

from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.streams import Stream
from baselines.adaptable.trainable import Trainability
from baselines.data.frames import Frames
from baselines.training.batches import Batches
from harness.core.rng import derive_rng

PROBE_FRAMES = 4


def probe(policy: AdaptablePolicy, frames: Frames) -> Trainability:
    """One forward and backward pass over a few frames with everything trainable; leaves no trace."""
    model = policy.model
    model.requires_grad_(True)
    rows = np.linspace(0, len(frames) - 1, min(PROBE_FRAMES, len(frames))).astype(np.int64)
    Batches(policy, frames).loss(rows, derive_rng("probe")).backward()
    names = frozenset(
        name for name, value in model.named_parameters() if value.grad is not None and bool(value.grad.any())
    )
    heads = {name: _heads(model, stream) for name, stream in policy.streams.items()}
    model.zero_grad(set_to_none=True)
    model.requires_grad_(False)
    return Trainability(names, heads)


def _heads(model: nn.Module, stream: Stream) -> NDArray[np.bool_]:
    """Heads whose columns of an output projection's weight get a gradient, [layers, heads]."""
    found = np.zeros(stream.grid, bool)
    for own, layer in zip(found, stream.layers, strict=True):
        gradient = model.get_parameter(f"{layer.output}.weight").grad
        if gradient is not None:
            own[:] = gradient.unflatten(1, (-1, stream.info.head_size)).any(2).any(0).cpu().numpy()
    return found
