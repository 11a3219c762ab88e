"""Success rates with their intervals, by any grouping of episodes."""

from __future__ import annotations

import math

import pandas as pd

from results.stats.intervals import rate_interval

RATES = (
    *("success", "low", "high", "successes", "episodes", "errors"),
    *("with_errors", "with_errors_low", "with_errors_high"),
)
"""Columns of a rate. `success` leaves errors out; `with_errors` counts them among the episodes."""


def counted(episodes: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Success = successes / (successes + failures) with its interval, by group in order of appearance.

    Rates are from 0 to 1, NaN for a group in which every episode is an error; `episodes` counts those judged.
    """
    counts = episodes.groupby([*by, "status"], sort=False).size().unstack("status", fill_value=0)
    counts = counts.reindex(columns=["success", "failure", "error"], fill_value=0)
    rows = [
        dict(zip(by, group if len(by) > 1 else (group,), strict=True)) | _rate(*found)
        for group, found in zip(counts.index, counts.to_numpy().tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=[*by, *RATES])


def _rate(successes: int, failures: int, errors: int) -> dict[str, float]:
    judged, tried = successes + failures, successes + failures + errors
    values = (
        successes / judged if judged else math.nan,
        *rate_interval(successes, judged),
        successes,
        judged,
        errors,
        successes / tried,
        *rate_interval(successes, tried),
    )
    return dict(zip(RATES, values, strict=True))
