"""One adaptation, phase by phase: load, activations, selection, compile, sweep, training, checkpoint."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from baselines import lookup
from baselines.data.frames import Frames, from_demonstrations
from baselines.loading import describe, load_policy, pick_device
from baselines.methods import _recipes
from baselines.policies.pi0.network import precision
from baselines.policies.pi0.policy import Pi0Policy
from baselines.policies.pi0.stats import Stats
from baselines.selection import heads
from baselines.selection.activations import grid
from baselines.training import adapter, compiling, flops
from baselines.training.batches import Batches
from baselines.training.finetune import Progress, Schedule, Trained, finetune
from baselines.training.image_features import embed_images
from baselines.training.lr_sweep import Sweep
from baselines.training.lr_sweep import sweep as sweep_rates
from baselines.training.param_groups import count, count_named
from baselines.training.trainability import Alive, probe
from baselines.training.trainable import Plan, attach
from harness.core.demonstration import Demonstration
from harness.core.meter import Meter
from harness.core.rng import derive_rng

MOST_LOSSES = 200
"""Losses kept in a record; those of longer runs are averaged in groups."""


@dataclass(frozen=True)
class Settings:
    """What one adaptation is asked to do."""

    steps: int
    batch_size: int  # frames
    seed: int
    policy_sha256: str
    num_heads: int | None = None  # per stream; None is the paper's share of the grid
    resamples: int = 0  # halves of the demonstrations on which selection is repeated
    sweep: bool = False  # choose the learning rate on held-out demonstrations
    compile: bool = False  # run training steps as compiled code


@dataclass(frozen=True)
class Outcome:
    """What the phases after loading produce."""

    plan: Plan
    selections: heads.Selections
    parameters: Mapping[str, nn.Parameter]
    trained: Trained
    learning_rate: float
    swept: Sweep | None


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
    sweep: bool = False,
    recipe: str = "auto",
    compile: bool = False,
    meter: Meter | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Adapt a policy to `demos` by `method` and save the adapter; returns the fields of its record.

    `steps` of `batch_size` frames each; `num_heads` per stream (default: the paper's share of the grid),
    `selector` and `include_dead` see `heads.configured`; with `resamples` selection is repeated on as many
    redrawn halves of the demonstrations, in a phase of its own; with `sweep` the learning rate is chosen on
    held-out demonstrations; `recipe` is one of `baselines.methods._recipes`; `compile` runs finetuning
    steps as compiled code, and compiling is a phase of its own. Costs are charged to `meter`, which may
    hold what was spent before.
    Seconds are wall time by phase. Of gpu_hours and cpu_core_hours one is a number, the other None. Raises
    UserError for unknown names, no demonstrations and too many heads, DivergenceError if it diverges.
    """
    meter = meter or Meter()
    outcome = None
    with threads():
        with meter.phase("load"):
            if compile:
                compiling.check()
            chosen: Any = _recipes.apply(recipe, lookup.find("method", method))
            chosen = heads.configured(chosen, selector, include_dead)
            device = str(pick_device())
            about = describe(policy_spec)
            settings = Settings(steps, batch_size, seed, about.sha256, num_heads, resamples, sweep, compile)
            policy = load_policy(policy_spec)
            groups = count(policy.model)
        meter.use(device)
        if chosen.trains:
            outcome = _learn(policy, chosen, demos, settings, meter, progress)
        with meter.phase("checkpoint"):
            if outcome:
                origin = {"policy": policy_spec, "policy_sha256": about.sha256}
                origin |= {"method": method, "adapt_id": adapt_id}
                adapter.save(adapter_path, policy.model, outcome.plan, policy.stats, origin)
            if outcome and outcome.selections and heads_path:
                heads_path.parent.mkdir(parents=True, exist_ok=True)
                content = heads.to_json(outcome.selections, chosen)
                heads_path.write_text(json.dumps(content, indent=1) + "\n")
    return _record(groups, outcome, meter, adapter_path) | {"recipe": recipe}


def _learn(
    policy: Pi0Policy,
    recipe: Any,
    demos: Sequence[Demonstration],
    settings: Settings,
    meter: Meter,
    progress: Progress | None,
) -> Outcome:
    seed = settings.seed
    with meter.phase("load"):
        flops.load()
        frames = from_demonstrations(demos, policy.image_size, policy.horizon)
        if policy.stats.is_identity:
            policy.stats = Stats.measure(frames.state, frames.actions)
        alive = probe(Batches(policy, frames))
    embedded, selections = None, {}
    if recipe.uses_heads:
        # Every method that leaves the vision tower as it is computes them for training, which is charged.
        with meter.phase("training") as training, flops.counter() as counter:
            embedded = embed_images(policy, frames)
        training.flops = counter.get_total_flops()
        selections = _select(policy, recipe, frames, embedded, alive, settings, meter)
    with meter.phase("training") as training, flops.counter() as counter:
        plan = recipe.plan(policy.model, heads.by_stream(selections), alive)
        frozen = plan.frozen_blocks(grid(policy.model)[0])
        batches = Batches(policy, frames, frozen=frozen, embedded=embedded)
        del frames, embedded  # `batches` has what it needs of them
        first = int(derive_rng("adapter", seed, recipe.name).integers(2**31))
        parameters = attach(policy.model, plan, first)
    total = sum(value.numel() for value in policy.model.parameters())
    if settings.compile:
        with meter.phase("compile") as cost:
            cost.cpu_s += compiling.warm_up(batches, settings.batch_size)
    schedule = Schedule(settings.steps, settings.batch_size, recipe.peak_rate(total))
    swept = None
    if settings.sweep:
        with meter.phase("sweep") as cost:
            swept = sweep_rates(batches, parameters, schedule, seed)
            cost.flops = swept.flops
        schedule = replace(schedule, peak_rate=swept.best)
    with meter.phase("training"):
        trained = finetune(batches, parameters, schedule, seed, progress)
        training.flops = (training.flops or 0) + counter.get_total_flops() + trained.flops
    return Outcome(plan, selections, parameters, trained, schedule.peak_rate, swept)


def _select(
    policy: Pi0Policy,
    recipe: Any,
    frames: Frames,
    embedded: torch.Tensor,
    alive: Alive,
    settings: Settings,
    meter: Meter,
) -> heads.Selections:
    seed = settings.seed
    with meter.phase("activations") as cost:
        rows = heads.keyframe_rows(frames)
        readings = heads.read_activations(
            policy, frames, embedded, rows, recipe, seed, settings.policy_sha256
        )
    heads.charge(cost, readings)
    number = settings.num_heads or heads.default_count(policy, recipe)
    asked = (frames, rows, readings, alive, recipe, number, seed, policy)
    with meter.phase("selection"):
        selections = heads.select_heads(*asked)
    if settings.resamples:
        with meter.phase("stability"):
            selections = heads.select_heads(*asked, resamples=settings.resamples)
    return selections


def _record(
    groups: Mapping[str, int], outcome: Outcome | None, meter: Meter, adapter_path: Path
) -> dict[str, Any]:
    losses = outcome.trained.losses if outcome else []
    trained = count_named(outcome.parameters.items()) if outcome else dict.fromkeys(groups, 0)
    return {
        "trainable_params": sum(trained.values()),
        "total_params": sum(groups.values()),
        "params": {name: {"trained": trained[name], "total": groups[name]} for name in groups},
        "load_s": meter.wall("load"),
        "activations_s": meter.wall("activations"),
        "select_s": meter.wall("selection"),
        "sweep_s": meter.wall("sweep"),
        "train_s": meter.wall("training"),
        "checkpoint_s": meter.wall("checkpoint"),
        "device": device_name(meter.device),
        "precision": precision(torch.device(meter.device)),
        "gpu_hours": meter.gpu_hours,
        "cpu_core_hours": meter.cpu_core_hours,
        "peak_bytes": meter.peak_bytes,
        "optimiser_bytes": outcome.trained.optimiser_bytes if outcome else 0,
        "energy_source": meter.energy_source,
        "ledger": meter.ledger(),
        "heads": heads.flat(outcome.selections) if outcome and outcome.selections else None,
        "losses": thinned(losses),
        "first_loss": losses[0] if losses else None,
        "last_loss": float(np.mean(losses[-10:])) if losses else None,
        "learning_rate": outcome.learning_rate if outcome else None,
        "sweep": outcome.swept.to_json() if outcome and outcome.swept else None,
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
