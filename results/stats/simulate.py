"""Studies made up from the logit-normal model, thousands at once: what intervals and tests are checked on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from results.stats.design import Design
from results.stats.logit_normal import Spread, expit

Singles = NDArray[np.float32]

AT_ONCE = 20_000_000
"""Episodes that are held in memory together (80 MB)."""

NODES = 31


def outcomes(
    design: Design, spread: Spread, effects: Sequence[float], studies: int, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.bool_], Singles]]:
    """Parts of `studies` studies: success [studies, methods, tasks, seeds, episodes], and task effects
    [studies, tasks] in logits.

    `effects` of the methods are added to the logit. Every method has its own adaptation for each task and
    seed and meets the same scenes; scenes differ between tasks and between seeds.
    """
    size = len(effects) * design.tasks * design.seeds * design.episodes
    shift = np.asarray(effects, dtype=np.float32)[:, None, None, None] + np.float32(spread.base)
    while studies > 0:
        part = min(studies, max(1, AT_ONCE // size))
        studies -= part
        shape = (part, len(effects), design.tasks, design.seeds, design.episodes)
        task = _normal(rng, (part, 1, design.tasks, 1, 1), spread.task)
        logits = task + _normal(rng, (*shape[:4], 1), spread.adaptation) + shift
        if spread.scene:
            logits = logits + _normal(rng, (part, 1, *shape[2:]), spread.scene)
        yield rng.random(shape, dtype=np.float32) * (1 + np.exp(-logits)) < 1, task.reshape(part, -1)


def truth(task: Singles, spread: Spread, effect: float) -> NDArray[np.float64]:
    """Success of a method with `effect` on tasks with effects `task`, over adaptations and scenes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    scatter = np.hypot(spread.adaptation, spread.scene)
    logits = spread.base + effect + task.astype(float)[..., None] + scatter * nodes
    return np.asarray(expit(logits) @ (weights / weights.sum()))


def _normal(rng: np.random.Generator, shape: tuple[int, ...], deviation: float) -> Singles:
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(deviation)
