"""Planned contrasts: the few comparisons that a study was made for, Holm over them, verdicts in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import UserError
from results.stats.adaptations import Cells
from results.stats.headline import Estimate, at_level, headline, one_sided, unpaired
from results.stats.student import ALPHA

DEFAULT = (("steer", "lora"), ("steer", "steer-random"), ("steer", "lora-expert"))
"""Is steering better than LoRA; is it the choice of heads; is it more than where LoRA is put."""


@dataclass(frozen=True)
class Contrast:
    """First method minus second, in rates [-1, 1]."""

    first: str
    second: str
    estimate: Estimate
    """Its interval and p-value are those of this contrast alone."""
    p_holm: float
    """Adjusted for all planned contrasts: this one decides."""
    low_holm: float
    """Interval at the level at which Holm tried this contrast: leaves 0 out exactly where p_holm decides."""
    high_holm: float
    margin: float | None
    p_margin: float
    """One-sided, Holm-adjusted, of the hypothesis that the first is worse by `margin` or more."""
    verdict: str


def planned(methods: Sequence[str], asked: Sequence[tuple[str, str]] = ()) -> list[tuple[str, str]]:
    """The contrasts to test: `asked`, or those of DEFAULT whose methods are both in `methods`.

    Raises UserError where a contrast that was asked for names a method that is not in `methods`.
    """
    for pair in asked:
        for name in pair:
            if name not in methods:
                raise UserError(
                    f"contrast {pair[0]}:{pair[1]}: no method {name} in these records; they hold "
                    f"{', '.join(methods)}"
                )
    return list(dict.fromkeys(asked)) or [pair for pair in DEFAULT if set(pair) <= set(methods)]


def contrasts(
    rates: Cells, pairs: Sequence[tuple[str, str]], margin: float | None = None, alpha: float = ALPHA
) -> list[Contrast]:
    """Every pair of `pairs`, with Holm over all of them.

    A method is `not inferior` where the whole two-sided interval lies above -margin (a one-sided test at
    alpha / 2, with Holm over the pairs), as in FDA 2016, Non-Inferiority Clinical Trials.
    """
    estimates = [difference(rates, pair, alpha) for pair in pairs]
    adjusted, levels = holm(np.array([one.p for one in estimates]), alpha)
    above = [math.nan if margin is None else one_sided(one, -margin) for one in estimates]
    not_inferior, _ = holm(np.array(above), alpha / 2)
    rows = zip(pairs, estimates, adjusted, levels, not_inferior, strict=True)
    found = []
    for pair, estimate, p, level, p_margin in rows:
        low, high = at_level(estimate, float(level))
        text = verdict(pair, estimate, float(p), margin, float(p_margin), alpha)
        found.append(Contrast(*pair, estimate, float(p), low, high, margin, float(p_margin), text))
    return found


def difference(rates: Cells, pair: tuple[str, str], alpha: float = ALPHA) -> Estimate:
    """First minus second, paired by seed; unpaired where the methods have no seed of any task in common."""
    paired = rates.difference(*pair)
    if np.isfinite(paired).any():
        return headline(paired, alpha)
    return unpaired(rates.of(pair[0]), rates.of(pair[1]), alpha)


def verdict(
    pair: tuple[str, str],
    estimate: Estimate,
    p: float,
    margin: float | None = None,
    p_margin: float = math.nan,
    alpha: float = ALPHA,
) -> str:
    """In plain words; `p` and `p_margin` are adjusted for the family."""
    first, second = pair
    if estimate.reason:
        return f"no verdict: {estimate.reason}"
    close = "" if margin is None or not p_margin <= alpha / 2 else f"not inferior within {points(margin)}"
    if p <= alpha and estimate.value > 0:
        return f"{first} is better"
    if p <= alpha:
        return f"{second} is better" + (f", {first} is {close}" if close else "")
    return f"{first} is {close}" if close else "no significant difference"


def points(rate: float) -> str:
    """A rate as percentage points, such as `5 points`."""
    number = f"{100 * rate:.3g}"
    return f"{number} point" if number == "1" else f"{number} points"


def holm(p_values: NDArray[np.float64], alpha: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Holm 1979, Scand. J. Statist. 6:65: adjusted p-values and the level at which each was tried, [tests].

    Levels stop growing at the first test that fails, so that p <= level exactly where adjusted <= alpha.
    A NaN stays NaN but counts as one of the family.
    """
    p = np.where(np.isnan(p_values), 1.0, p_values)
    order = np.argsort(p, kind="stable")
    left = np.arange(len(p), 0, -1)
    levels = alpha / left
    failing = np.flatnonzero(p[order] > levels)
    if len(failing):
        levels[failing[0] :] = levels[failing[0]]
    adjusted, tried = np.empty(len(p)), np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * left))
    tried[order] = levels
    return np.where(np.isnan(p_values), np.nan, adjusted), tried
