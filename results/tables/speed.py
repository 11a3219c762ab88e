"""How fast methods succeed: restricted mean of steps, and the share that has succeeded by each step."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from results.stats.time_to_success import mean_steps, restricted, success_by_step
from results.tables.clean import Clean
from results.tables.table import Table

POINTS = 40
"""Steps at which the distribution is read."""

NOTE = (
    "steps: restricted mean over adaptations: a failure counts as the whole budget of steps, so that failing "
    "makes no method fast"
)


def budget(clean: Clean) -> float:
    """Most control steps an episode may take; NaN where records do not say it or suites differ in it."""
    known = pd.to_numeric(clean.episodes["max_steps"], errors="coerce").dropna().unique()
    return float(known[0]) if len(known) == 1 else math.nan


def steps(clean: Clean) -> pd.DataFrame:
    """One row a method: mean steps with its interval over adaptations; empty where no budget is known."""
    most = budget(clean)
    if math.isnan(most) or clean.episodes["steps"].isna().all():
        return pd.DataFrame(columns=["method", "steps", "steps_low", "steps_high"])
    taken = restricted(clean.episodes, most)
    rows = []
    for method in taken.methods:
        found = mean_steps(taken, method, most)
        rows.append(
            {"method": method, "steps": found.value, "steps_low": found.low, "steps_high": found.high}
        )
    return pd.DataFrame(rows)


def table(clean: Clean) -> Table:
    """One row a step, one column a method: share of episodes that have succeeded by then."""
    most, frame = budget(clean), pd.DataFrame()
    if not math.isnan(most):
        at = np.unique(np.linspace(0, most, POINTS + 1).round())
        frame = success_by_step(clean.episodes, at.tolist()).reset_index()
    return Table(
        "time_to_success", "Share of episodes that have succeeded by each step", frame, printed=False
    )
