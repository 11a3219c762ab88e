"""The one finetuning loop that all methods share: same batches, same order, same schedule shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from baselines.batches import Batches
from harness.types import UserError, derive_rng

Progress = Callable[[int, int, float], None]
"""Called with step, steps, loss."""

DIVERGED = 20.0
"""Loss that no finetuning of z-scored actions reaches unless it diverges; predicting zero scores about 2."""


@dataclass(frozen=True)
class Schedule:
    """Optimisation settings; the published ones except where a method says otherwise."""

    steps: int
    batch_size: int  # frames
    peak_rate: float
    warm_up: int = 200  # steps, at most a tenth of all
    floor: float = 0.1  # of the peak, at the end
    betas: tuple[float, float] = (0.9, 0.95)
    clip: float = 1.0  # gradient norm

    def rate(self, step: int) -> float:
        """Learning rate of `step`, from 0: linear warm-up, then half a cosine down to the floor."""
        warm_up = max(1, min(self.warm_up, self.steps // 10))
        if step < warm_up:
            return self.peak_rate * (step + 1) / warm_up
        done = (step - warm_up) / max(1, self.steps - warm_up)
        return self.peak_rate * (self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * done)))


@dataclass(frozen=True)
class Trained:
    """What the loop leaves besides the weights."""

    losses: list[float]  # one per step
    flops: int  # of all steps, forward and backward, matrix products only


def finetune(
    batches: Batches,
    parameters: Mapping[str, nn.Parameter],
    schedule: Schedule,
    seed: int,
    progress: Progress | None = None,
) -> Trained:
    """Train `parameters` in place.

    Batches, noise and flow times depend on `seed` and the step alone, never on the method. Raises
    UserError where the loss diverges, and AssertionError where a parameter got no gradient.
    """
    optimiser = torch.optim.AdamW(parameters.values(), schedule.peak_rate, schedule.betas, fused=True)
    everything = np.arange(len(batches.frames))
    batches.policy.model.train()
    losses, flops = [], 0
    for step in range(schedule.steps):
        rng = derive_rng("finetune", seed, step)
        rows = batches.draw(schedule.batch_size, rng, everything)
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(step)
        if step == 0:
            with FlopCounterMode(display=False) as counter:
                loss = _backward(batches, rows, rng)
            flops = counter.get_total_flops() * schedule.steps
            _check_gradients(parameters)
        else:
            loss = _backward(batches, rows, rng)
        nn.utils.clip_grad_norm_(parameters.values(), schedule.clip)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss)
        _check_loss(loss, step, schedule)
        if progress:
            progress(step + 1, schedule.steps, loss)
    batches.policy.model.eval()
    return Trained(losses, flops)


def _backward(batches: Batches, rows: np.ndarray, rng: np.random.Generator) -> float:
    loss = batches.loss(rows, rng)
    loss.backward()
    return loss.item()


def _check_gradients(parameters: Mapping[str, nn.Parameter]) -> None:
    idle = [name for name, value in parameters.items() if value.grad is None]
    assert not idle, f"trained parameters that cannot change the action: {', '.join(idle[:3])}"


def _check_loss(loss: float, step: int, schedule: Schedule) -> None:
    if not math.isfinite(loss) or loss > DIVERGED:
        raise UserError(
            f"finetuning diverged: loss {loss:g} at step {step + 1} of {schedule.steps}, peak learning rate "
            f"{schedule.peak_rate:g}; use a smaller one and check the demonstrations"
        )
