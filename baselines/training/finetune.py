"""The one finetuning loop that all methods share: same batches, same order, same schedule shape."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from baselines.training import flops
from baselines.training.attach import Attached
from baselines.training.batches import Batches
from harness.core.rng import derive_rng

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
    weight_decay: float = 0.01
    ema: float = 0.0  # decay of a moving average of the parameters, which takes their place at the end

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
    optimiser_bytes: int  # of the moments, at the end


class DivergenceError(Exception):
    """The loss left the range of anything that learns: this adaptation has failed, others may go on."""


class Loop:
    """Model, optimiser and schedule of one adaptation; `rows` are the frames that it may draw (all)."""

    def __init__(
        self,
        batches: Batches,
        parameters: Mapping[str, nn.Parameter],
        schedule: Schedule,
        seed: int,
        rows: NDArray[np.int64] | None = None,
    ) -> None:
        self.batches, self.parameters, self.schedule, self.seed = batches, parameters, schedule, seed
        self.rows = batches.rows if rows is None else rows
        self.optimiser = torch.optim.AdamW(
            parameters.values(),
            schedule.peak_rate,
            schedule.betas,
            weight_decay=schedule.weight_decay,
            fused=True,
        )
        self.hooks = parameters.hooks if isinstance(parameters, Attached) else ()
        self.average = [value.detach().clone() for value in parameters.values()] if schedule.ema else []
        self.move = get_ema_multi_avg_fn(schedule.ema)

    def step(self, number: int) -> float:
        """Train on the batch of that number, from 0; returns its loss. Raises DivergenceError."""
        rng = derive_rng("finetune", self.seed, number)
        drawn = self.batches.draw(self.schedule.batch_size, rng, self.rows)
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate(number)
        loss = self.batches.loss(drawn, rng)
        (loss + sum(hook.penalty() for hook in self.hooks)).backward()
        if number == 0:
            _check_gradients(self.parameters)
        nn.utils.clip_grad_norm_(self.parameters.values(), self.schedule.clip)
        self.optimiser.step()
        for hook in self.hooks:
            hook.after_step(number)
        self.optimiser.zero_grad()
        if self.average:
            self.move(self.average, list(self.parameters.values()), number)
        _check_loss(loss.item(), number, self.schedule)
        return loss.item()

    @torch.no_grad()
    def finish(self) -> None:
        """Put the moving average, where there is one, in place of the parameters."""
        if self.average:
            for mean, value in zip(self.average, self.parameters.values(), strict=True):
                value.copy_(mean)

    @property
    def optimiser_bytes(self) -> int:
        """Memory of the optimiser's moments, and of the moving average."""
        moments = [value for state in self.optimiser.state.values() for value in state.values()]
        moments += self.average
        return sum(value.nbytes for value in moments if isinstance(value, torch.Tensor))


def finetune(
    batches: Batches,
    parameters: Mapping[str, nn.Parameter],
    schedule: Schedule,
    seed: int,
    progress: Progress | None = None,
    rows: NDArray[np.int64] | None = None,
) -> Trained:
    """Train `parameters` in place, on the frames `rows` (all).

    Batches, noise and flow times depend on `seed` and the step alone, never on the method. Raises
    DivergenceError, and AssertionError where a parameter got no gradient.
    """
    loop = Loop(batches, parameters, schedule, seed, rows)
    batches.policy.model.train()
    losses: list[float] = []
    counter = flops.counter()
    for step in range(schedule.steps):
        with counter if step == 0 else contextlib.nullcontext():
            losses.append(loop.step(step))
        if progress:
            progress(step + 1, schedule.steps, losses[-1])
    loop.finish()
    batches.policy.model.eval()
    return Trained(losses, counter.get_total_flops() * schedule.steps, loop.optimiser_bytes)


def _check_gradients(parameters: Mapping[str, nn.Parameter]) -> None:
    idle = [name for name, value in parameters.items() if value.grad is None]
    assert not idle, f"trained parameters that cannot change the action: {', '.join(idle[:3])}"


def _check_loss(loss: float, step: int, schedule: Schedule) -> None:
    if not math.isfinite(loss) or loss > DIVERGED:
        raise DivergenceError(
            f"finetuning diverged: loss {loss:g} at step {step + 1} of {schedule.steps}, peak learning rate "
            f"{schedule.peak_rate:g}; use a smaller one and check the demonstrations"
        )
