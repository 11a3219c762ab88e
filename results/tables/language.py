"""Success despite a wrong or blank instruction."""

from __future__ import annotations

import pandas as pd

from results.stats.intervals import wilson
from results.tables.table import Table
from results.tables.twins import varied


def table(episodes: pd.DataFrame) -> Table:
    """Who succeeds at a task for which another instruction, or none, was given."""
    return Table("language", "Success despite a wrong or blank instruction", rates(episodes))


def rates(episodes: pd.DataFrame) -> pd.DataFrame:
    """How often a method does the task that it was not asked for: whoever does ignores language."""
    wrong = varied(episodes)
    wrong = wrong[wrong["expects"] == "failure"]
    rows = []
    for (variation, method), cell in wrong.groupby(["variation", "method"], sort=True):
        low, high = wilson(int(cell["won"].sum()), len(cell))
        does = float(cell["won"].mean())
        verdict = "ignores language" if low > 0.5 else "follows it" if high < 0.5 else "undecided"
        rows.append(
            {
                "variation": variation,
                "method": method,
                "episodes": len(cell),
                "does_old_task": does,
                "does_low": low,
                "does_high": high,
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows)
