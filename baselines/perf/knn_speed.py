"""Speed of the k-NN scorer at pi0's size beside scikit-learn's regressor in a plain loop."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from baselines.selection import knn
from baselines.selection.problem import KS, Problem
from baselines.selection.selectors.knn import SELECTOR
from harness.core.rng import derive_rng
from harness.core.specs import OSC_POSE

HEADS_PER_LAYER = 8


Value = TypeVar("Value")


@dataclass(frozen=True)
class Timed(Generic[Value]):
    """What some work gave and took; processor seconds of all threads do not count waiting for other jobs."""

    value: Value
    wall_s: float
    cpu_s: float

    def __str__(self) -> str:
        return f"{self.wall_s:.1f} s ({self.cpu_s:.1f} processor seconds)"


def measure(layers: int, frames: int, episodes: int, width: int, loop_heads: int, threads: int) -> bool:
    """Measure and print; whether both rank the heads alike."""
    torch.set_num_threads(threads)
    problem = made_up(layers, frames, episodes, width)
    count = len(problem.units)
    alone = timed(problem.unit_errors)
    sets = SELECTOR.pick(problem, alone.value, derive_rng("bench_knn"))
    together = timed(lambda: problem.set_errors(sets))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    size = f"{frames} frames x {episodes} episodes x {len(KS)} k, width {width}"
    print(f"{count} heads x {size}, {threads} threads: {alone}")
    print(f"joint score of the best {problem.count} heads for each k: {together}; peak memory {peak:.2f} GiB")

    some = np.linspace(0, count - 1, loop_heads).astype(int)
    loop = timed(lambda: scikit_learn(problem, some))
    ratio = (loop.cpu_s / len(some)) / (alone.cpu_s / count)
    print(f"scikit-learn on {len(some)} of these heads: {loop}; {ratio:.1f} times ours for each head")
    scores = alone.value[:, some]
    same = bool((scores.argsort(1) == loop.value.argsort(1)).all())
    apart = float(np.abs(scores / loop.value - 1).max())
    print(f"same ranking for every k: {'yes' if same else 'NO'}; largest relative difference {apart:.1e}")
    return same


def made_up(layers: int, frames: int, episodes: int, width: int) -> Problem:
    """Heads that know more or less about an action, which follows the phase of its episode."""
    rng = derive_rng("bench_knn")
    episode = np.arange(frames) * episodes // frames
    frame = np.arange(frames) - np.searchsorted(episode, episode)
    phase = frame / frame.max()
    waves = np.stack([np.sin((1 + n) * phase + n) for n in range(OSC_POSE.size)], 1)
    actions = (waves + 0.1 * rng.standard_normal(waves.shape)).astype(np.float32)
    activations = np.empty((frames, layers, HEADS_PER_LAYER, width), np.float32)
    for place in rng.permutation(layers * HEADS_PER_LAYER):
        own = rng.standard_normal((frames, width), np.float32)
        own += rng.uniform(0, 3) * actions @ rng.standard_normal((OSC_POSE.size, width), np.float32)
        activations[:, place // HEADS_PER_LAYER, place % HEADS_PER_LAYER] = own
    return Problem(activations, actions, episode, frame, min(20, layers * HEADS_PER_LAYER))


def scikit_learn(problem: Problem, units: NDArray[np.integer]) -> NDArray[np.float64]:
    """Errors [ks, units], the straightforward way."""
    from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
    from sklearn.neighbors import KNeighborsRegressor

    out = np.empty((len(problem.ks), len(units)))
    for column, unit in enumerate(units):
        features = problem.features(problem.units[unit])
        for row, k in enumerate(problem.ks):
            model = KNeighborsRegressor(k, weights=_weights, metric="cosine")
            found = cross_val_predict(
                model, features, problem.actions, groups=problem.episode, cv=LeaveOneGroupOut()
            )
            out[row, column] = np.square(found - problem.actions).mean()
    return out


def timed(work: Callable[[], Value]) -> Timed[Value]:
    """Do it and measure."""
    wall, cpu = time.perf_counter(), time.process_time()
    value = work()
    return Timed(value, time.perf_counter() - wall, time.process_time() - cpu)


def _weights(distance: NDArray[np.floating]) -> NDArray[np.floating]:
    return 1 / (distance + knn.EPSILON)
