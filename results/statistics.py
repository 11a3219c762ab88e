"""Intervals and tests for rates: Wilson, exact McNemar on the same scenes, Holm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

CONFIDENCE = 0.95


def wilson(successes: int, count: int) -> tuple[float, float]:
    """Wilson score interval of a rate at 95%; reaches exactly 0 and 1 at the ends; NaN without trials."""
    from statsmodels.stats.proportion import proportion_confint

    if count == 0:
        return float("nan"), float("nan")
    low, high = proportion_confint(successes, count, alpha=1 - CONFIDENCE, method="wilson")
    return (0.0 if successes == 0 else float(low)), (1.0 if successes == count else float(high))


@dataclass(frozen=True)
class Comparison:
    """Two methods on the scenes that both finished."""

    first: str
    second: str
    scenes: int
    only_first: int
    """Scenes on which only the first method succeeded."""
    only_second: int
    difference: float
    """Success rate of the first minus that of the second on these scenes; NaN without any."""
    p: float
    """Two-sided exact McNemar: a sign test on the discordant scenes."""


def compare(episodes: pd.DataFrame, first: str, second: str) -> Comparison:
    """Pair two methods' episodes by scene; an error on either side leaves the scene out."""
    from scipy.stats import binomtest

    judged = episodes[episodes["status"].isin(["success", "failure"])]
    wide = judged.assign(won=judged["status"] == "success").pivot(
        index="scene_id", columns="method", values="won"
    )
    if first not in wide or second not in wide:
        return Comparison(first, second, 0, 0, 0, float("nan"), float("nan"))
    pairs = wide[[first, second]].dropna().astype(bool)
    only_first = int((pairs[first] & ~pairs[second]).sum())
    only_second = int((~pairs[first] & pairs[second]).sum())
    discordant = only_first + only_second
    p = float(binomtest(only_first, discordant).pvalue) if discordant else 1.0
    count = len(pairs)
    difference = (only_first - only_second) / count if count else float("nan")
    return Comparison(first, second, count, only_first, only_second, difference, p if count else float("nan"))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment of one family; NaN stays NaN and does not count."""
    from statsmodels.stats.multitest import multipletests

    known = [index for index, p in enumerate(p_values) if p == p]
    adjusted = [float("nan")] * len(p_values)
    if known:
        values = multipletests([p_values[index] for index in known], method="holm")[1]
        for index, value in zip(known, values, strict=True):
            adjusted[index] = float(value)
    return adjusted
