"""Attention-head activations: the output of softmax times values, before the output projection."""

from __future__ import annotations

import contextlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.adaptable.device import training_precision
from baselines.adaptable.policy import AdaptablePolicy, Inputs
from baselines.data.frames import Frames
from baselines.training import flops
from harness.core.errors import UserError
from harness.core.rng import derive_rng


@torch.no_grad()
def head_activations(
    policy: AdaptablePolicy,
    frames: Frames,
    features: Tensor,
    rows: NDArray[np.integer],
    token: str,
    seed: int,
    batch: int = 32,
) -> tuple[NDArray[np.float32], int]:
    """Activations of every head at `token` on the frames `rows`: [rows, layers, heads, head_size]; and FLOPs.

    `features` are those of all frames (`baselines.training.features`). Computed in the precision of
    training, as the authors' code does, with the same noise for all frames, drawn from `seed`. FLOPs are
    those of matrix products, counted in the first batch. UserError for an unknown token.
    """
    check_token(policy, token)
    policy.model.eval()
    info = policy.streams[policy.tokens[token]].info
    shape = (info.layers, info.heads, info.head_size)
    out = np.empty((len(rows), *shape), np.float32)
    counter = flops.counter()
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        with training_precision(policy.device), contextlib.nullcontext() if start else counter:
            found = policy.read(
                token, inputs(policy, frames, features, part), derive_rng("activations", seed)
            )
        out[start : start + batch] = found.reshape(len(part), *shape).float().cpu().numpy()
    return out, counter.get_total_flops() * len(rows) // min(batch, len(rows))


def check_token(policy: AdaptablePolicy, token: str) -> None:
    """UserError with the known names."""
    if token not in policy.tokens:
        raise UserError(f"unknown token {token!r}; {policy.name} has {', '.join(policy.tokens)}")


def inputs(policy: AdaptablePolicy, frames: Frames, features: Tensor, rows: NDArray[np.integer]) -> Inputs:
    """What the policy sees of the frames `rows`."""
    state = policy.tensor(policy.normalisation.state_in(frames.state[rows]))
    words = tuple(frames.instructions[number] for number in frames.instruction[rows])
    return Inputs(features[torch.from_numpy(rows)].to(policy.device), words, state)
