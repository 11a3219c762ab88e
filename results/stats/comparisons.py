"""Tests of methods against each other: exact McNemar on the same scenes, Holm over the family."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from harness.core.rng import derive_rng
from results.stats.compact_letter_display import compact_letter_display
from results.stats.intervals import newcombe_interval, over_tasks, wilson
from results.stats.power import ALPHA, detectable

__all__ = ["PairedComparison", "compare", "compare_all", "holm", "letters", "outcomes", "wilson"]

JUDGED = {"success": 1.0, "failure": 0.0}
"""An error is neither: it leaves its scene out."""


@dataclass(frozen=True)
class PairedComparison:
    """Two methods on the scenes that both finished; NaN without any."""

    first: str
    second: str
    scenes: int
    only_first: int
    """Scenes on which only the first method succeeded."""
    only_second: int
    difference: float
    """Success rate of the first minus that of the second on these scenes."""
    difference_low: float
    difference_high: float
    task_difference: float
    """Mean over tasks of the difference, each task counting the same."""
    task_low: float
    task_high: float
    p: float
    """Two-sided exact McNemar: a sign test on the discordant scenes."""
    detectable: float
    """Smallest difference that so many scenes show in four of five repetitions."""


def outcomes(episodes: pd.DataFrame) -> pd.DataFrame:
    """Scenes by methods: 1 success, 0 failure, NaN error or missing; indexed by task and scene."""
    won = episodes["status"].map(JUDGED)
    keys = [column for column in ("suite", "task_id") if column in episodes]
    index = [*keys, "scene_id"]
    table = episodes.assign(won=won).set_index([*index, "method"])["won"].unstack("method")
    return table.reindex(columns=episodes["method"].unique())


def compare(episodes: pd.DataFrame, first: str, second: str) -> PairedComparison:
    """Pair two methods' episodes by scene; an error on either side leaves the scene out."""
    return _compare(outcomes(episodes), first, second)


def compare_all(episodes: pd.DataFrame) -> list[PairedComparison]:
    """Every pair of methods, in the order of `episodes`."""
    table = outcomes(episodes)
    return [_compare(table, first, second) for first, second in combinations(table.columns, 2)]


def _compare(table: pd.DataFrame, first: str, second: str) -> PairedComparison:
    from scipy.stats import binomtest

    if first not in table or second not in table:
        table = table.reindex(columns=[first, second])
    values = table[[first, second]].to_numpy(dtype=float)
    both_known = ~np.isnan(values).any(axis=1)
    one, other = values[both_known].astype(bool).T
    count = len(one)
    if not count:
        return PairedComparison(first, second, 0, 0, 0, *[math.nan] * 8)
    only_first, only_second = int((one & ~other).sum()), int((~one & other).sum())
    both = int((one & other).sum())
    discordant = only_first + only_second
    by_task = _by_task(table.index[both_known], one.astype(float) - other)
    rng = derive_rng("difference over tasks", first, second)
    low, high = newcombe_interval(both, only_first, only_second, count - both - discordant)
    task_low, task_high = over_tasks(by_task, rng)
    return PairedComparison(
        first=first,
        second=second,
        scenes=count,
        only_first=only_first,
        only_second=only_second,
        difference=(only_first - only_second) / count,
        difference_low=low,
        difference_high=high,
        task_difference=float(by_task.mean()),
        task_low=task_low,
        task_high=task_high,
        p=float(binomtest(only_first, discordant).pvalue) if discordant else 1.0,
        detectable=detectable(count, discordant),
    )


def _by_task(index: pd.Index, differences: np.ndarray) -> np.ndarray:
    """Mean of each task [tasks]; without tasks in the index, all scenes are one."""
    names = [name for name in index.names if name != "scene_id"]
    values = pd.Series(differences, index=index)
    return values.groupby(level=names).mean().to_numpy() if names else np.array([values.mean()])


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


def letters(ranked: Sequence[str], pairs: pd.DataFrame) -> dict[str, str]:
    """Compact letters of methods (best first) from a table with first, second and p_holm."""
    rows = pairs[pairs["p_holm"] < ALPHA] if len(pairs) else pairs
    return compact_letter_display(ranked, [(row["first"], row["second"]) for _, row in rows.iterrows()])
