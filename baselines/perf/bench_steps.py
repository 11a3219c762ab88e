"""Several ways of finetuning on the same policy and frames, taken step by step in turn."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.trainable import Trainability, Trainable
from baselines.adaptable.units import Head
from baselines.data.frames import Frames
from baselines.methods import Method
from baselines.perf import masked_gradients
from baselines.pipeline import heads
from baselines.pipeline.adapter import copied
from baselines.training import flops
from baselines.training.attach import attach
from baselines.training.batches import Batches, frozen_blocks
from baselines.training.features import embed_images
from baselines.training.finetune import Loop, Schedule
from harness.core import registry
from harness.core.meter import Cost, Meter

METHODS = ("full", "lora", "steer", "steer-attn")
MASKED, MASKED_CACHED = "masked", "masked, features cached"
"""The released way with steer-attn's heads: as it is, and with our kept vision features."""

RATE = 1e-4
AGREEMENT_STEPS = 5
MEMORY_STEPS = 2


@dataclass(frozen=True)
class Bench:
    """What all contestants share."""

    policy: AdaptablePolicy
    frames: Frames
    trainability: Trainability
    chosen: Mapping[str, Sequence[Head]]  # heads by stream, the same for all that train heads
    batch_size: int

    def trainable(self, name: str) -> Trainable:
        """What that method trains; the masked way trains what steer-attn does."""
        method: Method = registry.find("method", name if name in METHODS else "steer-attn")
        return method.trainable(self.policy, self.chosen if method.uses_heads else {}, self.trainability)

    def contestant(self, name: str, exact: bool = False) -> Loop:
        """A loop over a copy of the policy; `exact` computes in single precision."""
        policy, trainable = copied(self.policy), self.trainable(name)
        frozen: int | None = frozen_blocks(policy, trainable)
        if name in (MASKED, MASKED_CACHED):
            frozen = None if name == MASKED else 0
        batches = Batches(policy, self.frames, frozen=frozen, exact=exact)
        if name in METHODS:
            parameters: Mapping[str, nn.Parameter] = attach(policy, trainable, seed=0)
        else:
            parameters = masked_gradients.attach_masked(policy, trainable, self.trainability, seed=0)
        policy.model.train()
        return Loop(batches, parameters, Schedule(10**4, self.batch_size, RATE, warm_up=0), seed=0)


@dataclass(frozen=True)
class Result:
    """What steps of one contestant took."""

    times: list[float]  # seconds, one for each round
    flops: int  # of one step, matrix products only
    trained: int  # parameters


def race(bench: Bench, names: Sequence[str], rounds: int) -> dict[str, Result]:
    """`rounds` steps of each contestant, one step each in turn: noise of the machine hits all.

    Every contestant first takes one step that is not timed, in which FLOPs are counted.
    """
    loops = {name: bench.contestant(name) for name in names}
    results = {}
    for name, loop in loops.items():
        with flops.counter() as counter:
            loop.step(0)
        trained = sum(value.numel() for value in loop.parameters.values())
        results[name] = Result([], counter.get_total_flops(), trained)
    for number in range(1, rounds + 1):
        for name, loop in loops.items():
            meter = Meter(str(bench.policy.device))
            with meter.phase("step") as cost:
                loop.step(number)
            results[name].times.append(seconds(cost))
    return results


def seconds(cost: Cost) -> float:
    """Wall time on a GPU; on one thread of a CPU its own time, which other processes do not lengthen."""
    return cost.wall_s if cost.device_s or torch.get_num_threads() > 1 else cost.cpu_s


def paired_ratio(results: Mapping[str, Result], one: str, two: str) -> float:
    """Median over rounds of the ratio of steps that were taken in the same round."""
    return statistics.median(a / b for a, b in zip(results[one].times, results[two].times, strict=True))


def added_memory(bench: Bench, name: str) -> int:
    """Peak of what tensors take beyond the loaded policy: with the features that are kept, or the images.

    On a CPU it is added up from single allocations: libraries and the heap hold tens of megabytes of
    their own whatever is trained, which would hide the difference between methods of a small policy.
    """
    weights = sum(value.nbytes for value in bench.policy.model.parameters())
    if bench.policy.device.type == "cuda":
        meter = Meter(str(bench.policy.device))
        before = meter.used_bytes
        with meter.phase("training"):
            _train(bench, name, MEMORY_STEPS)
        return meter.peak_bytes - before - weights
    gc.collect()  # what was allocated before must not be freed, and so subtracted, while we count
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        images = _train(bench, name, MEMORY_STEPS)
    assert profiler.profiler is not None
    events = [event for event in profiler.profiler.kineto_results.events() if event.name() == "[memory]"]
    events.sort(key=lambda event: event.start_ns())
    return max(accumulate(event.nbytes() for event in events)) - weights + images


def _train(bench: Bench, name: str, steps: int) -> int:
    """On a copy of the policy, whose weights are not what training adds. Returns bytes of images kept."""
    loop = bench.contestant(name)
    for number in range(steps):
        loop.step(number)
    return loop.batches.frames.images.nbytes


def agreement(bench: Bench) -> float:
    """How far the updates of the masked way are from ours after some steps, relative to their size."""
    ours, theirs = bench.contestant("steer-attn", exact=True), bench.contestant(MASKED, exact=True)
    policies = ours.batches.policy, theirs.batches.policy
    masked_gradients.copy_start(*policies)
    chosen = bench.chosen[masked_gradients.STREAM]
    start = [masked_gradients.selected(policy, chosen) for policy in policies]
    for number in range(AGREEMENT_STEPS):
        ours.step(number)
        theirs.step(number)
    end = [masked_gradients.selected(policy, chosen) for policy in policies]
    one, two = ({k: end[i][k] - start[i][k] for k in start[i]} for i in range(2))
    return masked_gradients.difference(one, two)


def select(
    policy: AdaptablePolicy, frames: Frames, trainability: Trainability, meter: Meter
) -> dict[str, tuple[Head, ...]]:
    """Heads as `steer` selects them; charged to the meter's phases activations and selection.

    Features of images are computed and libraries loaded before: finetuning needs both, whether or not heads
    are selected.
    """
    flops.load()
    method = registry.find("method", "steer")
    features = embed_images(policy, frames)
    with meter.phase("activations"):
        material = heads.record(policy, frames, features, trainability, method, 0)
    with meter.phase("selection"):
        return heads.by_stream(heads.select(material, method, None))
