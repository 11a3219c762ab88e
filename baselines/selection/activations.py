"""Attention-head activations: the output of softmax times values, before the output projection."""

from __future__ import annotations

import contextlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.adaptable.batch import Draws, Inputs
from baselines.adaptable.device import training_precision
from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.readings.reading import Reading
from baselines.data.frames import Frames
from baselines.training import flops
from harness.core.rng import derive_rng


@torch.no_grad()
def head_activations(
    policy: AdaptablePolicy,
    frames: Frames,
    features: Tensor,
    rows: NDArray[np.integer],
    reading: str,
    seed: int,
    batch: int = 32,
) -> tuple[NDArray[np.float32], int]:
    """Activations of every head on the frames `rows`: [rows, layers, heads, head_size]; and FLOPs.

    `features` are those of all frames (`baselines.training.features`). Computed in the precision of
    training, as the authors' code does; noise is drawn from `seed`, and where the reading has fresh noise
    also from episode and step of each frame. FLOPs are those of matrix products, counted in the first batch.
    UserError for an unknown reading.
    """
    asked = policy.reading(reading)
    policy.model.eval()
    info = policy.streams[asked.stream].info
    shape = (info.layers, info.heads, info.head_size)
    out = np.empty((len(rows), *shape), np.float32)
    counter = flops.counter()
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        with training_precision(policy.device), contextlib.nullcontext() if start else counter:
            draws = _draws(policy, asked, frames, part, seed)
            found = asked.read(policy, inputs(policy, frames, features, part), draws)
        out[start : start + batch] = found.reshape(len(part), *shape).float().cpu().numpy()
    return out, counter.get_total_flops() * len(rows) // min(batch, len(rows))


def _draws(
    policy: AdaptablePolicy, reading: Reading, frames: Frames, rows: NDArray[np.integer], seed: int
) -> Draws:
    if not reading.fresh_noise:
        shared = policy.draw(1, derive_rng("activations", seed))
        return {name: value.expand(len(rows), *value.shape[1:]) for name, value in shared.items()}
    places = zip(frames.episode[rows], frames.step[rows], strict=True)
    drawn = [policy.draw(1, derive_rng("activations", seed, *place)) for place in places]
    return {name: torch.cat([one[name] for one in drawn]) for name in drawn[0]}


def inputs(policy: AdaptablePolicy, frames: Frames, features: Tensor, rows: NDArray[np.integer]) -> Inputs:
    """What the policy sees of the frames `rows`."""
    state = policy.tensor(policy.normalisation.state_in(frames.state[rows]))
    words = tuple(frames.instructions[number] for number in frames.instruction[rows])
    return Inputs(features[torch.from_numpy(rows)].to(policy.device), words, state)
