"""How success scatters in records: over tasks, adaptations and scenes, by moments."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from results.stats.adaptations import judged
from results.stats.logit_normal import Floats, Moments, Spread, moments
from results.stats.student import over_tasks

LARGEST = 5.0
"""Standard deviation in logits at which the fit stops: rates are then 0 or 1."""


@dataclass(frozen=True)
class Components:
    """Moments of the success of one method, NaN where the records do not tell them; never below 0."""

    moments: Moments
    tasks: int
    adaptations: int
    episodes: float
    """Per adaptation, on average."""


def components(episodes: pd.DataFrame, method: str) -> Components:
    """Estimate from judged episodes with adapt_id, task_id, seed, method, scene_id, all of clean scenes.

    The adaptation part takes two seeds of some task, the task part two tasks, the scene part another method
    on the same scenes. Unbiased but for being cut at 0: analysis of variance of rates whose binomial part
    p (1 - p) / (n - 1) is known (Searle, Casella, McCulloch 1992, Variance Components, chapter 3).
    """
    found = judged(episodes)
    own = found[found["method"] == method]
    cell = own.groupby(["task_id", "seed"])["won"].agg(["mean", "count"]).reset_index()
    rate, count = cell["mean"].to_numpy(), cell["count"].to_numpy(dtype=float)
    many = count > 1
    noise = rate[many] * (1 - rate[many]) * count[many] / (count[many] - 1)
    episode = float(noise.mean()) if many.any() else math.nan
    by_task = cell.groupby("task_id")["mean"]
    repeated = by_task.count() > 1
    within = float(by_task.var()[repeated].mean()) if repeated.any() else math.nan
    between = float(by_task.mean().var()) if len(by_task) > 1 else math.nan
    measured = within - float((episode / count).mean()) if len(count) else math.nan
    luck = between - within / float(by_task.count().mean()) if len(by_task) else math.nan
    return Components(
        Moments(
            rate=float(by_task.mean().mean()) if len(by_task) else math.nan,
            task=_not_below_0(luck),
            adaptation=_not_below_0(measured),
            scene=_not_below_0(_scene(found)),
            episode=episode,
        ),
        tasks=len(by_task),
        adaptations=len(cell),
        episodes=float(count.mean()) if len(count) else math.nan,
    )


def spread(found: Moments) -> Spread:
    """The logit-normal model with these moments; components that are NaN keep the defaults of Spread.

    Least squares in four unknowns. Raises ValueError where the rate is 0, 1 or NaN: nothing scatters there.
    """
    from scipy.optimize import least_squares

    if not 0 < found.rate < 1:
        raise ValueError(f"mean success {found.rate} shows no spread; it takes successes and failures")
    wanted = np.array([found.rate, found.task, found.adaptation, found.scene])
    known = np.isfinite(wanted)
    start = np.array([0.0, Spread.task, Spread.adaptation, Spread.scene])

    def away(unknown: Floats) -> Floats:
        base, task, adaptation, scene = np.where(known, unknown, start)
        got = moments(base, task, adaptation, scene)
        values = np.array([got.rate, got.task, got.adaptation, got.scene])
        return np.where(known, values - wanted, 0.0)

    bounds = ([-20, 0, 0, 0], [20, LARGEST, LARGEST, LARGEST])
    solved = least_squares(away, start, bounds=bounds, x_scale=0.1, xtol=1e-10, ftol=1e-12, gtol=1e-12).x
    _, task, adaptation, scene = np.where(known, solved, start)
    return Spread(rate=found.rate, adaptation=float(adaptation), task=float(task), scene=float(scene))


def adaptation_from_differences(differences: Floats, moments: Moments, episodes: float) -> float:
    """Variance of adaptations from one seed: what differences of two methods [tasks, seeds] scatter more than
    their episodes explain. Too large where a method suits some tasks better; never below 0."""
    student = over_tasks(np.asarray(differences, dtype=np.float64))
    tasks = float(student.df) + 1
    scatter = float(student.error) ** 2 * tasks
    return _not_below_0((scatter - 2 * max(0.0, moments.episode - moments.scene) / episodes) / 2)


def _scene(found: pd.DataFrame) -> float:
    """Covariance over scenes of two methods on one task and seed, on average; NaN without two methods."""
    table = found.pivot_table(index=["task_id", "seed", "scene_id"], columns="method", values="won").dropna()
    methods = table.shape[1]
    if methods < 2 or not len(table):
        return math.nan
    by_cell = table.groupby(level=["task_id", "seed"])
    away = table - by_cell.transform("mean")
    products = (away.sum(axis=1) ** 2 - (away**2).sum(axis=1)) / (methods * (methods - 1))
    scenes = by_cell.size()
    sums = products.groupby(level=["task_id", "seed"]).sum()
    covariances = sums[scenes > 1] / (scenes[scenes > 1] - 1)
    return float(covariances.mean()) if len(covariances) else math.nan


def _not_below_0(value: float) -> float:
    return value if math.isnan(value) else max(0.0, value)
