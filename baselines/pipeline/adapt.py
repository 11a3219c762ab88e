"""One adaptation, phase by phase: load, activations, selection, compile, learning rate, training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from baselines.adaptable.device import threads
from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.trainable import Trainability, Trainable
from baselines.data.augment import augmented
from baselines.data.frames import Frames, from_demonstrations
from baselines.methods import HeadMethod, Method
from baselines.pipeline import adapter, heads
from baselines.training import compiling, flops
from baselines.training.attach import attach
from baselines.training.batches import Batches, frozen_blocks
from baselines.training.features import embed_images
from baselines.training.finetune import Progress, Schedule, Trained, finetune
from baselines.training.lr_sweep import Sweep, sweep
from baselines.training.trainability import probe
from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.files import write_whole
from harness.core.meter import Meter
from harness.core.rng import derive_rng
from harness.core.settings import Adaptation as Asked


@dataclass(frozen=True)
class Settings:
    """What one adaptation is asked to do."""

    steps: int
    batch_size: int
    """Frames a step."""
    seed: int
    num_heads: int | None = None
    """Per stream; None is the paper's share of its grid."""
    stability_splits: int = 0
    """Halves of the demonstrations on which selection is repeated."""
    lr_sweep: bool = False
    """Choose the learning rate on held-out demonstrations."""
    compile: bool = False
    """Run training steps as compiled code."""

    @classmethod
    def of(cls, asked: Asked, seed: int) -> Settings:
        """Those of one adaptation of a study."""
        return cls(
            asked.steps,
            asked.batch_size,
            seed,
            asked.num_heads,
            asked.stability_splits,
            asked.lr_sweep,
            asked.compile,
        )


@dataclass(frozen=True)
class Adaptation:
    """What an adaptation leaves behind; the policy itself is trained in place."""

    trainable: Trainable
    selections: heads.Selections
    parameters: Mapping[str, nn.Parameter]
    trained: Trained
    learning_rate: float
    sweep: Sweep | None

    @property
    def heads(self) -> list[Sequence[Any]] | None:
        """Selected heads as plain values, see `heads.flat`; None for a method that selects none."""
        return heads.flat(self.selections) if self.selections else None


def adapt(
    policy: AdaptablePolicy,
    method: Method,
    demos: Sequence[Demonstration],
    settings: Settings,
    *,
    policy_sha256: str = "",
    meter: Meter | None = None,
    progress: Progress | None = None,
) -> Adaptation:
    """Adapt `policy` in place, adapters attached.

    Costs are charged to phases of `meter`; activations are kept on disk under `policy_sha256`. Raises
    UserError for no demonstrations, too many heads, a policy without the method's streams or parts, and
    DivergenceError if training diverges.
    """
    meter = meter or Meter(str(policy.device))
    features, selections, swept = None, heads.Selections(), None
    with threads():
        with meter.phase("load"):
            if settings.compile:
                compiling.check()
            flops.load()
            frames = from_demonstrations(demos, policy.format)
            if policy.normalisation.is_identity:
                policy.normalisation = policy.normalisation.measure(frames.state, frames.actions)
            trainability = probe(policy, frames)
        with meter.phase("training") as cost:  # other phases interrupt it
            if isinstance(method, HeadMethod):
                # Every method that leaves the vision part as it is computes them for training.
                with flops.counted(cost):
                    features = embed_images(policy, frames)
                asked = method, settings, policy_sha256, meter
                selections = _select(policy, frames, features, trainability, *asked)
            with flops.counted(cost):
                trainable = method.trainable(policy, heads.by_stream(selections), trainability)
                _check(trainable, method, policy)
                if method.augmented_copies:  # the same ones for all methods; heads are read on the frames
                    cameras = policy.needs.cameras
                    frames = augmented(frames, cameras, settings.seed, method.augmented_copies)
                    features = None
                frozen, pads = frozen_blocks(policy, trainable), method.pads_actions
                batches = Batches(policy, frames, frozen=frozen, features=features, pads_actions=pads)
                del frames, features  # `batches` has what it needs of them
                first = int(derive_rng("adapter", settings.seed, method.name).integers(2**31))
                trainable = trainable.seeded(first)
                parameters = attach(policy, trainable, first, settings.steps)
            if settings.compile:
                with meter.phase("compile") as compiler:
                    compiler.cpu_s += compiling.warm_up(batches, settings.batch_size)
            schedule = _schedule(policy, method, settings)
            if settings.lr_sweep:
                with meter.phase("sweep") as trials:
                    swept = sweep(batches, parameters, schedule, settings.seed)
                    trials.flops = swept.flops
                schedule = replace(schedule, peak_rate=swept.best)
            trained = finetune(batches, parameters, schedule, settings.seed, progress)
            cost.flops = (cost.flops or 0) + trained.flops
    return Adaptation(trainable, selections, parameters, trained, schedule.peak_rate, swept)


def save(
    policy: AdaptablePolicy,
    method: Method,
    done: Adaptation,
    adapter_path: Path,
    heads_path: Path | None,
    about: Mapping[str, str],
) -> str:
    """Write the adapter and, where heads were selected, which and why; `about` as in `adapter.save`.

    Returns the SHA-256 of the adapter's file.
    """
    if heads_path and isinstance(method, HeadMethod):
        content = heads.to_json(done.selections, policy, method)
        write_whole(heads_path, json.dumps(content, indent=1) + "\n")
    return adapter.save(adapter_path, policy, done.trainable, about)


def _select(
    policy: AdaptablePolicy,
    frames: Frames,
    features: Tensor,
    trainability: Trainability,
    method: HeadMethod,
    settings: Settings,
    policy_sha256: str,
    meter: Meter,
) -> heads.Selections:
    with meter.phase("activations") as cost:
        material = heads.record(policy, frames, features, trainability, method, settings.seed, policy_sha256)
    material.charge(cost)
    with meter.phase("selection"):
        selections = heads.select(material, method, settings.num_heads)
    if settings.stability_splits:
        with meter.phase("stability"):
            asked = settings.num_heads, settings.stability_splits
            selections = heads.with_stability(selections, material, method, *asked)
    return selections


def _schedule(policy: AdaptablePolicy, method: Method, settings: Settings) -> Schedule:
    total = sum(value.numel() for value in policy.model.parameters())
    return Schedule(
        settings.steps,
        settings.batch_size,
        method.peak_rate(total),
        weight_decay=method.weight_decay,
        ema=method.ema,
    )


def _check(trainable: Trainable, method: Method, policy: AdaptablePolicy) -> None:
    if not any(trainable.names(policy.streams)):
        raise UserError(
            f"method {method.name!r} finds nothing to train in policy {policy.name!r} (streams "
            f"{', '.join(policy.streams)}; parts {', '.join(policy.parts)}); choose another method"
        )
