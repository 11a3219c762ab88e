"""A pretraining run: model, moving average, optimiser and step counter, saved so that it can resume."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

from baselines.adaptable.normalisation import Normalisation
from baselines.policies.pi0 import checkpoint
from baselines.policies.pi0.policy import Pi0Policy
from baselines.policies.pi0.sizes import Size
from baselines.pretraining.data_parallel import ALONE, Group
from baselines.pretraining.frame_store import FrameStore
from baselines.pretraining.fresh import fresh_policy
from baselines.pretraining.recipe import Recipe
from baselines.pretraining.samples import Samples
from harness.core.errors import UserError
from harness.core.files import whole_file
from harness.core.rng import derive_rng

VALIDATION_EVERY = 20
"""One demonstration in this many is held out."""
VALIDATION_FRAMES = 384
WARM_UP = 100  # steps
EMA_DECAY = 0.998
REPEATS = 2
"""Noise samples per observation: the prefix costs four times the expert."""
RESUME = "resume.pt"


class Trainer:
    """One run on `store`, in the folder `out`; with a group, each process has a trainer and they agree."""

    def __init__(
        self, store: FrameStore, recipe: Recipe, out: Path, size: Size, group: Group = ALONE
    ) -> None:
        self.recipe, self.out, self.group = recipe, out, group
        frames = store.frames
        held_out = frames.episode % VALIDATION_EVERY == VALIDATION_EVERY - 1
        self.rows, validation = np.flatnonzero(~held_out), np.flatnonzero(held_out)
        rng = derive_rng("validation", recipe.seed)
        self.validation_rows = np.sort(rng.permutation(validation)[:VALIDATION_FRAMES])
        normalisation = Normalisation.measure(frames.state[self.rows], frames.actions[self.rows])
        self.policy = fresh_policy(out.name, size, frames.instructions, normalisation, recipe.seed)
        model: Any = self.policy.model
        self.samples = Samples(self.policy, store)
        self.parameters: list[torch.Tensor] = [value for value in model.parameters() if value.requires_grad]
        self.average = AveragedModel(model, avg_fn=_moved)
        self.average.update_parameters(model)  # the first one copies: the average starts at the first weights
        self.optimiser = torch.optim.AdamW(
            self.parameters, recipe.lr, (0.9, 0.95), weight_decay=recipe.weight_decay, fused=True
        )
        self.step, self.seconds = 0, 0.0

    def progress(self) -> float:
        """Share of the schedule that is done, in [0, 1]."""
        return min(1.0, max(self.step / self.recipe.steps, self.seconds / 60 / self.recipe.minutes))

    def learning_rate(self) -> float:
        """Linear warm-up, then half a cosine to a fiftieth."""
        cosine = 0.5 * (1 + math.cos(math.pi * self.progress()))
        return self.recipe.lr * min(1.0, (self.step + 1) / WARM_UP) * (0.02 + 0.98 * cosine)

    def run(self) -> Iterator[float]:
        """The loss of each step to the end of the schedule."""
        started = time.monotonic() - self.seconds
        while self.progress() < 1.0:
            loss = self.train_step()
            self.seconds = self.group.agree(time.monotonic() - started)
            yield loss

    def train_step(self) -> float:
        """One optimiser step; returns its loss.

        The batch depends on the seed and the step alone, its noise also on the number of processes.
        """
        rng = derive_rng("pretrain", self.recipe.seed, self.step)
        rows = self.samples.draw(self.recipe.batch, rng, self.rows)[self.group.rank :: self.group.size]
        rng = derive_rng("pretrain noise", self.recipe.seed, self.step, self.group.rank)
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        self.policy.model.train()
        augmented = self.recipe.augmentation == "openpi"
        loss = self.samples.training_loss(rows, rng, REPEATS, augmented=augmented)
        loss.backward()
        mean = loss.detach()
        self.group.average([mean, *(value.grad for value in self.parameters if value.grad is not None)])
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.step += 1
        self.average.update_parameters(self.policy.model)
        if not math.isfinite(mean):
            raise UserError(f"loss is {mean:g} at step {self.step}; give --lr below {self.recipe.lr:g}")
        return mean.item()

    @torch.no_grad()
    def validate(self) -> float:
        """Loss of the averaged weights on held-out demonstrations, same noise every time; NaN without any."""
        if not len(self.validation_rows):
            return math.nan
        rng = derive_rng("validation noise", self.recipe.seed)
        averaged = self.averaged
        averaged.model.eval()
        samples = Samples(averaged, self.samples.store)
        parts = np.array_split(self.validation_rows, -(-len(self.validation_rows) // 64))
        losses = [samples.validation_loss(rows, rng, repeats=4).item() for rows in parts]
        return float(np.mean(losses))

    @property
    def averaged(self) -> Pi0Policy:
        """The policy with the moving average of its weights."""
        return replace(self.policy, model=self.average.module)

    def save(self, train_loss: float, validation_loss: float, data: dict[str, Any]) -> None:
        """Write the policy (averaged weights, described by `data` and the recipe) and the state to resume."""
        recipe = {name: value for name, value in vars(self.recipe).items() if name != "minutes"}
        done = {"steps_done": self.step, "minutes": round(self.seconds / 60, 1), "samples": self.seen}
        losses = {"train_loss": round(train_loss, 4), "validation_loss": round(validation_loss, 4)}
        self.policy.profile = replace(self.policy.profile, training=recipe | data | done | losses)
        checkpoint.save(self.averaged, self.out)
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "normalisation": self.policy.normalisation.to_json(),
            "model": [value.detach() for value in self.parameters],
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        with whole_file(self.out / RESUME) as partial:
            torch.save(state, partial)

    @property
    def seen(self) -> int:
        """Observations seen."""
        return self.step * self.recipe.batch

    def resume(self) -> bool:
        """Continue from an earlier run in `out`; False where there is none."""
        path = self.out / RESUME
        if not path.exists():
            return False
        state = torch.load(path, map_location=self.policy.device)
        with torch.no_grad():
            for own, saved in zip(self.parameters, state["model"], strict=True):
                own.copy_(saved)
        # Demonstrations may have been added since: what the weights learnt in stays.
        self.policy.normalisation = Normalisation.from_json(state["normalisation"])
        self.average.load_state_dict(state["average"])
        self.step, self.seconds = state["step"], state["seconds"]
        self.optimiser.load_state_dict(state["optimiser"])
        return True


def _moved(average: torch.Tensor, value: torch.Tensor, steps: torch.Tensor | int) -> torch.Tensor:
    """The moving average after `steps` training steps; it follows faster in the beginning."""
    done = int(steps)
    return torch.lerp(average, value, 1 - min(EMA_DECAY, done / (done + 10)))
