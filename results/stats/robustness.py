"""Robustness of a method with intervals over adaptations: retention, drop, area, difference in differences.

All arrays are success rates of adaptations [tasks, seeds], NaN where missing: clean ones, and those of the
same adaptations on varied twins of the same scenes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from results.stats.headline import Estimate, headline
from results.stats.student import (
    ALPHA,
    Floats,
    Student,
    exceeded_by,
    over_tasks,
    upper_tail,
    within_tasks,
)

RETAINED_FROM = 0.2
"""Clean success below which a share or a loss of it says nothing."""

BLANK = "clean success is below 20%"
ANY_SHARE = "clean success scatters so much that any share is possible"


def retention(clean: Floats, varied: Floats, alpha: float = ALPHA) -> Estimate:
    """Varied success as a share of clean success, with the interval of Fieller 1954, JRSS B 16:175.

    It holds every share r for which varied - r clean is 0 by the headline's t, on the same adaptations. Its
    p-value is of the hypothesis that all is retained. Blank below RETAINED_FROM.
    """
    clean, varied = _paired(clean, varied)
    base = headline(clean, alpha, bounds=(0.0, 1.0))
    if not base.value >= RETAINED_FROM:
        return _blank(base)
    student = within_tasks if base.seeds > 1 else over_tasks
    share = headline(varied, alpha, bounds=(0.0, 1.0)).value / base.value
    residual = headline(varied - share * clean, alpha, bounds=(-math.inf, math.inf))
    if residual.reason:
        return replace(residual, value=share)
    lost = student(varied - clean)
    low, high = _fieller(student(clean), student(varied), lost, residual.df, alpha)
    unbounded = not math.isfinite(high)
    return replace(
        residual,
        value=share,
        low=math.nan if unbounded else low,
        high=math.nan if unbounded else high,
        p=math.nan if unbounded else _p_all_retained(lost, residual.df),
        p_sign_flip=headline(varied - clean).p_sign_flip,
        error=residual.error / base.value,
        reason=ANY_SHARE if unbounded else "",
    )


def drop(clean: Floats, varied: Floats, alpha: float = ALPHA) -> Estimate:
    """Clean minus varied success."""
    return headline(clean - varied, alpha)


def beyond(
    clean: Floats, varied: Floats, other_clean: Floats, other_varied: Floats, alpha: float = ALPHA
) -> Estimate:
    """Drop of a method minus that of another: difference in differences on the same scenes.

    Blank where either succeeds on fewer than RETAINED_FROM of the clean scenes: it has nothing to lose.
    """
    both = (clean - varied) - (other_clean - other_varied)
    kept = np.where(np.isfinite(both), 1.0, np.nan)
    for base in (clean * kept, other_clean * kept):
        if not (found := headline(base, alpha)).value >= RETAINED_FROM:
            return _blank(found)
    return headline(both, alpha, bounds=(-2.0, 2.0))


def area(clean: Floats, varied: Sequence[Floats], levels: Sequence[float], alpha: float = ALPHA) -> Estimate:
    """Area under success against level, from 0 (clean) to the highest, as a share of unchanged success.

    `levels` grow and lie above 0; `varied` has the rates of each.
    """
    rates = np.stack([clean, *varied])
    return retention(clean, np.trapezoid(rates, [0.0, *levels], axis=0) / levels[-1], alpha)


def mean_drop(drops: Mapping[str, Floats], alpha: float = ALPHA) -> Estimate:
    """Of the drops of adaptations in several dimensions, each counting the same, where all are known."""
    return headline(np.stack(list(drops.values())).mean(axis=0), alpha)


def worst_drop(drops: Mapping[str, Floats], alpha: float = ALPHA) -> tuple[str, Estimate]:
    """The dimension with the largest drop; its interval at alpha / dimensions (Bonferroni).

    It was picked for being the largest of them: only an interval that holds for all at once holds for it.
    """
    found = {name: headline(values, alpha / len(drops)) for name, values in drops.items()}
    name = max(found, key=lambda one: (not math.isnan(found[one].value), found[one].value))
    return name, found[name]


def _fieller(
    clean: Student, varied: Student, difference: Student, df: float, alpha: float
) -> tuple[float, float]:
    """Bounds of the ratio of means varied / clean at `df`; (0, inf) where clean cannot be told from 0.

    `difference` is of varied minus clean: it holds their covariance. An error that is NaN is 0.
    """
    q2 = float(exceeded_by(alpha / 2, np.asarray(df))) ** 2
    c2, v2, d2 = (float(np.nan_to_num(one.error)) ** 2 for one in (clean, varied, difference))
    base, rest = float(clean.mean), float(varied.mean)
    square = base**2 - q2 * c2
    middle = base * rest - q2 * (c2 + v2 - d2) / 2
    root = math.sqrt(max(0.0, middle**2 - square * (rest**2 - q2 * v2)))
    if square <= 0:
        return 0.0, math.inf
    return max(0.0, (middle - root) / square), (middle + root) / square


def _p_all_retained(lost: Student, df: float) -> float:
    """Two-sided, at the freedom of the interval, so that it agrees with it. No spread is certainty."""
    statistic = math.inf if math.isnan(lost.error) else abs(float(lost.mean / lost.error))
    return 2 * float(upper_tail(np.asarray(statistic), np.asarray(df)))


def _paired(clean: Floats, varied: Floats) -> tuple[Floats, Floats]:
    """Both where both are known."""
    known = np.isfinite(clean) & np.isfinite(varied)
    return np.where(known, clean, np.nan), np.where(known, varied, np.nan)


def _blank(base: Estimate) -> Estimate:
    reason = BLANK if math.isfinite(base.value) else base.reason
    return replace(
        base, value=math.nan, low=math.nan, high=math.nan, p=math.nan, p_sign_flip=math.nan, reason=reason
    )
