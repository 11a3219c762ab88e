"""One adaptation, phase by phase: load, activations, selection, training, checkpoint."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from baselines import adapter, heads, lookup
from baselines.batches import Batches
from baselines.finetune import Progress, Schedule, Trained, finetune
from baselines.frames import from_demonstrations
from baselines.gradients import probe
from baselines.loading import describe, load_policy, pick_device
from baselines.pi0.policy import Pi0Policy
from baselines.pi0.stats import Stats
from baselines.plan import Plan, attach
from harness.meter import Meter
from harness.types import Demonstration, derive_rng

MOST_LOSSES = 200
"""Losses kept in a record; those of longer runs are averaged in groups."""


@dataclass(frozen=True)
class Outcome:
    """What the phases after loading produce."""

    plan: Plan
    selections: heads.Selections
    trainable_params: int
    trained: Trained
    learning_rate: float


@dataclass(frozen=True)
class Choice:
    """How heads are chosen, beyond what the method says."""

    num_heads: int | None
    resamples: int
    policy_sha256: str


def adapt(
    policy_spec: str,
    method: str,
    demos: Sequence[Demonstration],
    *,
    steps: int,
    batch_size: int,
    seed: int,
    adapt_id: str,
    adapter_path: Path,
    heads_path: Path | None,
    num_heads: int | None = None,
    selector: str | None = None,
    include_dead: bool = False,
    resamples: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Adapt a policy to `demos` by `method` and save the adapter; returns the fields of its record.

    `steps` of `batch_size` frames each; `num_heads` per stream (default: the paper's share of the grid),
    `selector` and `include_dead` see `heads.configured`; with `resamples` selection is repeated on as many
    redrawn halves of the demonstrations, in a phase of its own.
    Seconds are wall time by phase. Of gpu_hours and cpu_core_hours one is a number, the other None. Raises
    UserError for unknown names, no demonstrations, too many heads and divergence.
    """
    recipe = heads.configured(lookup.find("method", method), selector, include_dead)
    about = describe(policy_spec)
    meter = Meter(str(pick_device()))
    outcome = None
    with threads():
        with meter.phase("load"):
            policy = load_policy(policy_spec)
        if recipe.trains:
            schedule = Schedule(steps, batch_size, recipe.peak_rate(about["total_params"]))
            choice = Choice(num_heads, resamples, about["sha256"])
            outcome = _learn(policy, recipe, demos, schedule, seed, choice, meter, progress)
            with meter.phase("checkpoint"):
                origin = {"policy": policy_spec, "policy_sha256": about["sha256"]}
                origin |= {"method": method, "adapt_id": adapt_id}
                adapter.save(adapter_path, policy.model, outcome.plan, policy.stats, origin)
        if outcome and outcome.selections and heads_path:
            heads_path.parent.mkdir(parents=True, exist_ok=True)
            content = heads.to_json(outcome.selections, recipe)
            heads_path.write_text(json.dumps(content, indent=1) + "\n")
    return _record(about, outcome, meter, adapter_path)


def _learn(
    policy: Pi0Policy,
    recipe: Any,
    demos: Sequence[Demonstration],
    schedule: Schedule,
    seed: int,
    choice: Choice,
    meter: Meter,
    progress: Progress | None,
) -> Outcome:
    with meter.phase("load"):
        frames = from_demonstrations(demos, policy.image_size, policy.horizon)
        if policy.stats.is_identity:
            policy.stats = Stats.measure(frames.state, frames.actions)
    with meter.phase("train"):
        alive = probe(Batches(policy, frames))
    selections: heads.Selections = {}
    if recipe.uses_heads:
        with meter.phase("activations") as cost:
            rows = heads.keyframe_rows(frames)
            readings = heads.read_activations(policy, frames, rows, recipe, seed, choice.policy_sha256)
        heads.charge(cost, readings)
        count = choice.num_heads or heads.default_count(policy, recipe)
        asked = (frames, rows, readings, alive, recipe, count, seed, policy)
        with meter.phase("selection"):
            selections = heads.select_heads(*asked)
        if choice.resamples:
            with meter.phase("stability"):
                selections = heads.select_heads(*asked, resamples=choice.resamples)
    with meter.phase("train"):
        plan = recipe.plan(policy.model, heads.by_stream(selections), alive)
        batches = Batches(policy, frames, cache_vision=not plan.trains_vision)
        first = int(derive_rng("adapter", seed, recipe.name).integers(2**31))
        parameters = attach(policy.model, plan, first)
        trained = finetune(batches, parameters, schedule, seed, progress)
    count = sum(value.numel() for value in parameters.values())
    return Outcome(plan, selections, count, trained, schedule.peak_rate)


def _record(
    about: Mapping[str, Any], outcome: Outcome | None, meter: Meter, adapter_path: Path
) -> dict[str, Any]:
    losses = outcome.trained.losses if outcome else []
    return {
        "trainable_params": outcome.trainable_params if outcome else 0,
        "total_params": about["total_params"],
        "load_s": meter.wall("load"),
        "activations_s": meter.wall("activations"),
        "select_s": meter.wall("selection"),
        "train_s": meter.wall("train"),
        "checkpoint_s": meter.wall("checkpoint"),
        "device": device_name(meter.device),
        "gpu_hours": meter.gpu_hours,
        "cpu_core_hours": meter.cpu_core_hours,
        "peak_bytes": meter.peak_bytes,
        "heads": heads.flat(outcome.selections) if outcome and outcome.selections else None,
        "losses": thinned(losses),
        "first_loss": losses[0] if losses else None,
        "last_loss": float(np.mean(losses[-10:])) if losses else None,
        "learning_rate": outcome.learning_rate if outcome else None,
        "adapter": adapter_path.name if outcome else None,
        "flops": outcome.trained.flops if outcome else 0,
    }


def thinned(losses: Sequence[float]) -> list[float]:
    """At most MOST_LOSSES numbers: means of consecutive groups."""
    groups = np.array_split(np.asarray(losses), min(MOST_LOSSES, len(losses)) or 1)
    return [round(float(group.mean()), 5) for group in groups if len(group)]


def device_name(device: str) -> str:
    """Model of the GPU, or `cpu`."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else "cpu"


@contextlib.contextmanager
def threads() -> Iterator[None]:
    """One thread unless OMP_NUM_THREADS says otherwise: several processes share the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try:
        yield
    finally:
        torch.set_num_threads(before)
