"""A mean over tasks with its interval and test, over adaptations, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from results.stats.sign_flip import sign_flip
from results.stats.student import ALPHA, Floats, Student, between_methods, over_tasks, within_tasks

FEWEST_TASKS = 5
"""With one seed. Below that an interval over tasks is too wide to decide anything, and too fragile."""


@dataclass(frozen=True)
class Estimate:
    """A mean over tasks. Interval and p-value are of one distribution and never contradict each other."""

    value: float
    low: float
    """NaN, as `high` and `p`, where `reason` says why."""
    high: float
    p: float
    """Two-sided, of the hypothesis that the truth is 0."""
    p_sign_flip: float
    """The check: over tasks, or over adaptations where the seeds give the error."""
    tasks: int
    seeds: int
    """Of the task that has the fewest."""
    scope: str
    """`these tasks` where the seeds within tasks give the error, else `tasks like these`."""
    error: float
    df: float
    reason: str = ""
    """Why there is no interval; empty where there is one."""


def headline(values: Floats, alpha: float = ALPHA, bounds: tuple[float, float] = (-1.0, 1.0)) -> Estimate:
    """Mean over tasks of `values` [tasks, seeds], one per adaptation, NaN where missing.

    With two or more seeds in every task the error comes from the seeds (`within_tasks`), otherwise from the
    tasks (`over_tasks`). `bounds` are those of the truth, which the interval never leaves.
    """
    values = np.asarray(values, dtype=np.float64)
    counts = np.isfinite(values).sum(-1)
    if _fewest(counts) > 1:
        return _estimate(within_tasks(values), counts, values.ravel(), alpha, bounds)
    return _estimate(over_tasks(values), counts, task_means(values), alpha, bounds)


def unpaired(first: Floats, second: Floats, alpha: float = ALPHA) -> Estimate:
    """As `headline`, of first minus second [tasks, seeds] each, which have no seeds in common.

    Two adaptations of one task then differ in demonstrations and scenes, too: intervals are wider.
    """
    gain = task_means(first, keep=True) - task_means(second, keep=True)
    used = np.isfinite(gain)
    counts = np.where(used, np.minimum(*(np.isfinite(one).sum(-1) for one in (first, second))), 0)
    student = between_methods(first, second) if _fewest(counts) > 1 else over_tasks(gain[:, None])
    return _estimate(student, counts, gain, alpha, (-1.0, 1.0))


def _estimate(
    student: Student, counts: NDArray[np.int_], flipped: Floats, alpha: float, bounds: tuple[float, float]
) -> Estimate:
    """`counts` are the seeds of each task [tasks], `flipped` the values of the sign-flip test."""
    tasks, seeds = int((counts > 0).sum()), _fewest(counts)
    reason = _reason(student, tasks, seeds)
    low, high = (math.nan, math.nan) if reason else student.interval(alpha)
    return Estimate(
        value=float(student.mean),
        low=math.nan if reason else max(bounds[0], float(low)),
        high=math.nan if reason else min(bounds[1], float(high)),
        p=math.nan if reason else float(student.p()),
        p_sign_flip=math.nan if reason else sign_flip(flipped),
        tasks=tasks,
        seeds=seeds,
        scope="these tasks" if seeds > 1 else "tasks like these",
        error=float(student.error),
        df=float(student.df),
        reason=reason,
    )


def one_sided(estimate: Estimate, null: float) -> float:
    """P-value of the hypothesis that the truth is `null` or less, of the distribution of the interval."""
    values = (np.asarray(part) for part in (estimate.value, estimate.error, estimate.df))
    return math.nan if estimate.reason else float(Student(*values).p_above(null))


def at_level(
    estimate: Estimate, alpha: float, bounds: tuple[float, float] = (-1.0, 1.0)
) -> tuple[float, float]:
    """The interval of `estimate` at another level."""
    if estimate.reason:
        return math.nan, math.nan
    values = (np.asarray(part) for part in (estimate.value, estimate.error, estimate.df))
    low, high = Student(*values).interval(alpha)
    return max(bounds[0], float(low)), min(bounds[1], float(high))


def task_means(values: Floats, keep: bool = False) -> Floats:
    """Mean over the seeds of each task [tasks]; tasks without any are left out, or NaN with `keep`."""
    known = np.isfinite(values)
    count = known.sum(-1)
    means = np.where(count > 0, np.where(known, values, 0.0).sum(-1) / np.maximum(count, 1), np.nan)
    return means if keep else means[count > 0]


def _fewest(counts: NDArray[np.int_]) -> int:
    """Seeds of the task that has the fewest, of those that have any; 0 without."""
    return int(counts[counts > 0].min()) if (counts > 0).any() else 0


def _reason(student: Student, tasks: int, seeds: int) -> str:
    if tasks == 0:
        return "no adaptation was judged"
    if seeds == 1 and tasks < FEWEST_TASKS:
        return f"{tasks} task{'s' * (tasks > 1)} with one seed; it takes {FEWEST_TASKS} tasks or 2 seeds"
    if not np.isfinite(student.error):
        return "all adaptations came out alike, which shows no spread; it takes more episodes or seeds"
    return ""
