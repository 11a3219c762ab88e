"""Tests of methods against each other: exact McNemar on the same scenes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from results.stats.intervals import newcombe_interval

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
    p: float
    """Two-sided exact McNemar: a sign test on the discordant scenes."""


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
    from scipy.special import bdtr

    if first not in table or second not in table:
        table = table.reindex(columns=[first, second])
    values = table[[first, second]].to_numpy(dtype=float)
    both_known = ~np.isnan(values).any(axis=1)
    one, other = values[both_known].astype(bool).T
    count = len(one)
    if not count:
        return PairedComparison(first, second, 0, 0, 0, *[math.nan] * 4)
    only_first, only_second = int((one & ~other).sum()), int((~one & other).sum())
    both = int((one & other).sum())
    discordant = only_first + only_second
    low, high = newcombe_interval(both, only_first, only_second, count - both - discordant)
    return PairedComparison(
        first=first,
        second=second,
        scenes=count,
        only_first=only_first,
        only_second=only_second,
        difference=(only_first - only_second) / count,
        difference_low=low,
        difference_high=high,
        p=min(1.0, 2 * float(bdtr(min(only_first, only_second), discordant, 0.5))),
    )
