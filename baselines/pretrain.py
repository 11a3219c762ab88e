"""Train the built-in policy from scratch: `python -m baselines.pretrain --data DIR --out DIR`.

Reads every demonstration (*.npz) under --data. Stops and resumes at any time: state is written beside the
checkpoint every 200 steps. Recipe: AdamW with cosine schedule, bfloat16 autocast, two noise samples per
observation, noise on the state, frames around gripper commands oversampled, moving average of the weights.
"""

from __future__ import annotations

import argparse
import csv
import logging
import math
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from baselines import frames as framing
from baselines.pi0 import checkpoint
from baselines.pi0.architecture import SMALL, build, make_config
from baselines.pi0.images import random_shift
from baselines.pi0.network import Draws, encode_prefix, flow_loss, image_tokens, training_precision
from baselines.pi0.policy import Pi0Policy, Profile
from baselines.pi0.stats import Stats
from baselines.pi0.vocabulary import libero_instructions
from baselines.pi0.words import WordTokenizer
from harness.types import UserError, derive_rng

log = logging.getLogger("pretrain")

SAVE_EVERY, LOG_EVERY = 200, 50  # steps
VALIDATION_EVERY = 20
"""One demonstration in this many is held out."""
VALIDATION_FRAMES = 384
WARM_UP = 100  # steps
EMA_DECAY = 0.998
STATE_NOISE = 0.05
"""Deviation of the noise on z-scored states: without it the policy leans on the state alone."""
REPEATS = 2
"""Noise samples per observation: the prefix costs four times the expert."""
LOG_FIELDS = ("step", "samples", "seconds", "learning_rate", "train_loss", "validation_loss")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the outcome, apart from the data."""

    steps: int = 4000
    batch: int = 64  # observations
    lr: float = 1e-3  # peak
    minutes: float = math.inf  # training time after which the schedule ends, if before `steps`
    shift: int = 0  # pixels of random image shift
    weight_decay: float = 0.01
    seed: int = 0


class Trainer:
    """One run: model, moving average, optimiser, step counter."""

    def __init__(self, frames: framing.Frames, recipe: Recipe, out: Path) -> None:
        self.recipe, self.out, self.frames = recipe, out, frames
        held_out = frames.episode % VALIDATION_EVERY == VALIDATION_EVERY - 1
        self.train_rows, validation = np.flatnonzero(~held_out), np.flatnonzero(held_out)
        rng = derive_rng("validation", recipe.seed)
        self.validation_rows = np.sort(rng.permutation(validation)[:VALIDATION_FRAMES])
        tokenizer = WordTokenizer.from_texts([*libero_instructions(), *frames.instructions])
        model = build(make_config(SMALL, len(tokenizer)), recipe.seed)
        stats = Stats.measure(frames.state[self.train_rows], frames.actions[self.train_rows])
        profile = Profile(name=out.name, image_size=SMALL.image_size, horizon=SMALL.horizon)
        self.policy = Pi0Policy(model, tokenizer, stats, profile)
        self.ids, self.mask = tokenizer.encode(frames.instructions)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model.to(device)  # type: ignore[arg-type]
        self.parameters: list[torch.Tensor] = list(model.parameters())
        self.average = [value.detach().clone() for value in self.parameters]
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

    def train_step(self) -> float:
        """One optimiser step; returns its loss. The batch depends on the seed and the step alone."""
        rng = derive_rng("pretrain", self.recipe.seed, self.step)
        weights = self.frames.weights[self.train_rows]
        rows = np.sort(rng.choice(self.train_rows, self.recipe.batch, p=weights / weights.sum()))
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        self.policy.model.train()
        loss = self.loss(rows, rng, REPEATS, self.recipe.shift, STATE_NOISE)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.step += 1
        decay = min(EMA_DECAY, self.step / (self.step + 10))
        torch._foreach_lerp_(self.average, self.parameters, 1 - decay)
        return loss.item()

    def loss(
        self, rows: np.ndarray, rng: np.random.Generator, repeats: int, shift: int, state_noise: float
    ) -> torch.Tensor:
        """Flow-matching loss of the frames `rows` with `repeats` noise samples each."""
        policy, frames = self.policy, self.frames
        images = frames.images[rows]
        if shift:
            images = random_shift(images, shift, rng)
        state = policy.stats.state_in(frames.state[rows]).repeat(repeats, 0)
        state = state + state_noise * rng.standard_normal(state.shape, np.float32)
        actions = policy.stats.actions_in(frames.chunks[rows]).repeat(repeats, 0)
        words = frames.instruction[rows]
        longest = int(self.mask[words].sum(1).max())
        draws = Draws.sample(policy.model.config, len(state), rng, policy.device)
        with training_precision(policy.device):
            tokens = image_tokens(policy.model, policy.tensor(images))
            ids, mask = self.ids[words, :longest], self.mask[words, :longest]
            prefix = encode_prefix(policy.model, tokens, policy.tensor(ids), policy.tensor(mask))
            return flow_loss(
                policy.model, prefix.repeat(repeats), policy.tensor(state), policy.tensor(actions), draws
            )

    @torch.no_grad()
    def validate(self) -> float:
        """Loss of the averaged weights on held-out demonstrations with the same noise every time."""
        if not len(self.validation_rows):
            return math.nan
        rng = derive_rng("validation noise", self.recipe.seed)
        with self.averaged():
            self.policy.model.eval()
            parts = np.array_split(self.validation_rows, -(-len(self.validation_rows) // 64))
            losses = [self.loss(rows, rng, 4, 0, 0.0).item() for rows in parts]
        return float(np.mean(losses))

    def averaged(self) -> Averaged:
        """Context in which the model holds the moving average."""
        return Averaged(self.parameters, self.average)

    def save(self, train_loss: float, validation_loss: float, history: dict[str, Any]) -> None:
        """Write the policy (averaged weights) and the state to resume from, atomically."""
        training = vars(self.recipe) | history | {"minutes": round(self.seconds / 60, 1)}
        training |= {"steps_done": self.step, "train_loss": train_loss, "validation_loss": validation_loss}
        self.policy.profile = replace(self.policy.profile, training=training)
        with self.averaged():
            checkpoint.save(self.policy, self.out)
        state = {
            "step": self.step, "seconds": self.seconds, "model": [value.data for value in self.parameters],
            "average": self.average, "optimiser": self.optimiser.state_dict(),
        }  # fmt: skip
        partial = self.out / ".resume.pt.part"
        torch.save(state, partial)
        partial.replace(self.out / "resume.pt")

    def resume(self) -> None:
        """Continue from `resume.pt` where there is one."""
        path = self.out / "resume.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.policy.device)
        with torch.no_grad():
            for own, saved in zip(self.parameters, state["model"], strict=True):
                own.copy_(saved)
        self.average, self.step, self.seconds = state["average"], state["step"], state["seconds"]
        self.optimiser.load_state_dict(state["optimiser"])
        log.info("resumed at step %d", self.step)


class Averaged:
    """Swaps the averaged weights in, and the trained ones back out."""

    def __init__(self, parameters: list[torch.Tensor], average: list[torch.Tensor]) -> None:
        self.parameters, self.average = parameters, average

    def _swap(self) -> None:
        for own, mean in zip(self.parameters, self.average, strict=True):
            own.data, mean.data = mean.data, own.data

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *_: object) -> None:
        self._swap()


def run(trainer: Trainer, history: dict[str, Any]) -> None:
    """Train to the end of the schedule, logging to `log.csv` and saving on the way."""
    losses: list[float] = []
    started = time.monotonic() - trainer.seconds
    while trainer.progress() < 1.0:
        losses.append(trainer.train_step())
        trainer.seconds = time.monotonic() - started
        if not math.isfinite(losses[-1]):
            raise UserError(f"loss is {losses[-1]} at step {trainer.step}; use a smaller --lr")
        done = trainer.progress() >= 1.0
        if trainer.step % LOG_EVERY and not done:
            continue
        mean, validation = float(np.mean(losses)), math.nan
        if done or trainer.step % SAVE_EVERY == 0:
            validation = trainer.validate()
            trainer.save(mean, validation, history)
        _record(trainer, mean, validation)
        losses = []


def _record(trainer: Trainer, mean: float, validation: float) -> None:
    samples = trainer.step * trainer.recipe.batch
    values = (trainer.step, samples, f"{trainer.seconds:.1f}", f"{trainer.learning_rate():.3g}",
              f"{mean:.4f}", "" if math.isnan(validation) else f"{validation:.4f}")  # fmt: skip
    path = trainer.out / "log.csv"
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([LOG_FIELDS, values] if fresh else [values])
    rate, done = samples / max(trainer.seconds, 1e-9), trainer.progress()
    left = trainer.seconds * (1 - done) / max(done, 1e-9) / 60
    log.info(
        "step %d loss %.4f validation %s, %.0f samples/s, %.0f min left",
        trainer.step, mean, values[-1] or "-", rate, left,
    )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m baselines.pretrain", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with demonstrations (*.npz)")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint folder, made or resumed")
    for name in ("steps", "batch", "lr", "minutes", "shift", "weight_decay", "seed"):
        default = getattr(Recipe, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--exclude", nargs="*", default=[], help="suites to leave out (libero_spatial ...)")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    torch.set_num_threads(options.threads)
    recipe = Recipe(**{name: getattr(options, name) for name in Recipe.__dataclass_fields__})
    try:
        pretrain(options.data, options.out, recipe, options.exclude)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def pretrain(data: Path, out: Path, recipe: Recipe, exclude: list[str]) -> Pi0Policy:
    """Train on the demonstrations under `data` and write the checkpoint to `out`."""
    tasks: dict[str, int] = {}
    packs: set[str] = set()
    paths = []
    for path in sorted(data.rglob("*.npz")):
        meta = framing.read_meta(path)
        if meta["task"]["suite"] in exclude:
            continue
        paths.append(path)
        packs.add(meta["assets"])
        task = f"{meta['task']['suite']}/{meta['task']['task_id']}"
        tasks[task] = tasks.get(task, 0) + 1
    frames = framing.from_files(paths, SMALL.image_size, SMALL.horizon)
    log.info("%d demonstrations, %d frames, %d tasks", len(paths), len(frames), len(tasks))
    out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(frames, recipe, out)
    trainer.resume()
    history = {"demonstrations": len(paths), "frames": len(frames), "tasks": tasks, "packs": sorted(packs)}
    run(trainer, history)
    return trainer.policy


if __name__ == "__main__":
    sys.exit(main())
