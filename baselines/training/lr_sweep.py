"""A learning rate for this method on these demonstrations, from a few declared ones. Never from rollouts.

Each is tried for as long as the adaptation trains. A fifth of the steps, tried first, chose three times the
rate for every method (libero_spatial, 600 steps), with which all of them ended worse than with their own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from baselines.data.frames import Frames
from baselines.training.batches import Batches
from baselines.training.finetune import DivergenceError, Schedule, finetune
from harness.core.errors import UserError
from harness.core.rng import derive_rng

MULTIPLES = (1 / 3, 1.0, 3.0)
"""Of the method's own peak learning rate: all that is tried."""
HELD_OUT = 5
"""One demonstration in this many is held out, at least one."""
VALIDATION_FRAMES = 256


@dataclass(frozen=True)
class Sweep:
    """Validation loss by peak learning rate; infinite where training diverged."""

    losses: dict[float, float]
    flops: int

    @property
    def best(self) -> float:
        """The rate with the smallest loss. Raises DivergenceError where all of them diverged."""
        rate = min(self.losses, key=lambda rate: self.losses[rate])
        if math.isinf(self.losses[rate]):
            tried = ", ".join(f"{rate:g}" for rate in self.losses)
            raise DivergenceError(f"finetuning diverged at every learning rate of the sweep: {tried}")
        return rate

    def to_json(self) -> dict[str, float | None]:
        """Validation loss by rate; None where training diverged."""
        return {f"{rate:g}": None if math.isinf(loss) else loss for rate, loss in self.losses.items()}


def sweep(batches: Batches, parameters: Mapping[str, nn.Parameter], schedule: Schedule, seed: int) -> Sweep:
    """Try the declared rates; `parameters` are as before at the end.

    Raises UserError for a single demonstration, of which none can be held out.
    """
    training, validation = split(batches.frames)
    start = {name: value.detach().clone() for name, value in parameters.items()}
    losses: dict[float, float] = {}
    flops = 0
    for multiple in MULTIPLES:
        trial = replace(schedule, peak_rate=multiple * schedule.peak_rate)
        try:
            flops += finetune(batches, parameters, trial, seed, rows=training).flops
            losses[trial.peak_rate] = validate(batches, validation)
        except DivergenceError:
            losses[trial.peak_rate] = math.inf
        with torch.no_grad():
            for name, value in parameters.items():
                value.copy_(start[name])
                value.grad = None
    batches.policy.model.eval()
    return Sweep(losses, flops)


def split(frames: Frames) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames to train on and, from every fifth demonstration, at most some hundred to validate on."""
    episodes = np.unique(frames.episode)
    if len(episodes) < 2:
        raise UserError(
            "--lr-sweep holds a demonstration out to choose a learning rate, but there is only 1; "
            "use 2 or more, or leave it out"
        )
    held_out = np.isin(frames.episode, episodes[:: -min(HELD_OUT, len(episodes))])
    validation = np.flatnonzero(held_out)
    spread = np.linspace(0, len(validation) - 1, min(VALIDATION_FRAMES, len(validation))).astype(np.int64)
    return np.flatnonzero(~held_out), validation[spread]


@torch.no_grad()
def validate(batches: Batches, rows: NDArray[np.int64]) -> float:
    """Mean loss on `rows`, with the same noise and flow times for every candidate and method."""
    parts = np.array_split(rows, max(1, len(rows) // 64))
    losses = [
        batches.loss(part, derive_rng("validation", number)).item() for number, part in enumerate(parts)
    ]
    return float(np.average(losses, weights=[len(part) for part in parts]))
