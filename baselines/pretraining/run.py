"""A pretraining run from a folder of demonstrations to a checkpoint, with losses in log.csv."""

from __future__ import annotations

import csv
import logging
import math
from collections import Counter
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from baselines.data.frames import Format
from baselines.policies.pi0.policy import Pi0Policy
from baselines.policies.pi0.sizes import SIZES, Size
from baselines.pretraining import data_parallel, frame_store
from baselines.pretraining.data_parallel import Group
from baselines.pretraining.frame_store import FrameStore
from baselines.pretraining.recipe import Recipe
from baselines.pretraining.trainer import Trainer
from harness.core.demonstration import Meta
from harness.core.errors import UserError

log = logging.getLogger("pretrain")

FRAMES = "frames"
"""Folder of the frame store within a run's; it is made again where it is missing."""
SAVE_EVERY, LOG_EVERY = 200, 50  # steps
LOG_FIELDS = ("step", "samples", "seconds", "learning_rate", "train_loss", "validation_loss")


def pretrain(
    data: Path,
    out: Path,
    recipe: Recipe,
    size: Size | None = None,
    exclude: Collection[str] = (),
    processes: int = 1,
) -> Pi0Policy:
    """Train on the demonstrations under `data`, except those of the suites in `exclude`; write to `out`.

    `size` is the recipe's where none is given. Demonstrations may be added between calls.
    """
    size = size or SIZES[recipe.size]
    metas = {path: Meta.load(path) for path in sorted(data.rglob("*.npz"))}
    kept = {path: meta for path, meta in metas.items() if meta.task.suite not in exclude}
    suites = sorted({meta.task.suite for meta in metas.values()})
    if unknown := [name for name in exclude if name not in suites]:
        raise UserError(f"--exclude {unknown[0]}: the demonstrations are of {', '.join(suites)}")
    if not kept:
        raise UserError(f"{data}: nothing is left to learn from; exclude fewer suites")
    tasks = Counter(f"{meta.task.suite}/{meta.task.task_id}" for meta in kept.values())
    packs = sorted({meta.assets for meta in kept.values()})
    out.mkdir(parents=True, exist_ok=True)
    store = frame_store.build(list(kept), out / FRAMES, Format(size.image_size, size.horizon))
    log.info("%d demonstrations, %d frames, %d tasks", len(kept), len(store.frames), len(tasks))
    with data_parallel.processes(processes, partial(follow, out, recipe, size)) as group:
        trainer = Trainer(store, recipe, out, size, group)
        if trainer.resume():
            log.info("resumed at step %d", trainer.step)
        described = {
            "demonstrations": len(kept),
            "frames": len(store.frames),
            "tasks": dict(tasks),
            "packs": packs,
        }
        run(trainer, described)
    return trainer.policy


def follow(out: Path, recipe: Recipe, size: Size, group: Group) -> None:
    """What every process but the first does: the same steps, without logs and saves."""
    trainer = Trainer(FrameStore(out / FRAMES), recipe, out, size, group)
    trainer.resume()
    for _ in trainer.run():
        pass


def run(trainer: Trainer, data: dict[str, Any]) -> None:
    """Train to the end of the schedule, logging and saving on the way; `data` goes into the checkpoint."""
    losses: list[float] = []
    for loss in trainer.run():
        losses.append(loss)
        done = trainer.progress() >= 1.0
        if trainer.step % LOG_EVERY and not done:
            continue
        mean, validation = float(np.mean(losses)), math.nan
        if done or trainer.step % SAVE_EVERY == 0:
            validation = trainer.validate()
            trainer.save(mean, validation, data)
        record(trainer, mean, validation)
        losses = []


def record(trainer: Trainer, mean: float, validation: float) -> None:
    """One line in log.csv and one on the terminal; `validation` is NaN between saves."""
    shown = "" if math.isnan(validation) else f"{validation:.4f}"
    seconds, rate = f"{trainer.seconds:.1f}", f"{trainer.learning_rate():.3g}"
    values = (trainer.step, trainer.seen, seconds, rate, f"{mean:.4f}", shown)
    path = trainer.out / "log.csv"
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        csv.writer(file).writerows([LOG_FIELDS, values] if fresh else [values])
    speed, done = trainer.seen / max(trainer.seconds, 1e-9), trainer.progress()
    left = trainer.seconds * (1 - done) / max(done, 1e-9) / 60
    text = "step %d loss %.4f validation %s, %.0f samples/s, %.0f min left"
    log.info(text, trainer.step, mean, shown or "-", speed, left)
