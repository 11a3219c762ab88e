"""Success despite a wrong or blank instruction."""

from __future__ import annotations

import pandas as pd

from results.stats.adaptations import cells
from results.stats.headline import headline
from results.tables.table import Table
from results.tables.twins import varied

HALF = 0.5
"""Success at the task that was not asked for above which a method ignores language."""


def table(episodes: pd.DataFrame) -> Table:
    """Who succeeds at a task for which another instruction, or none, was given."""
    notes = (f"interval over adaptations at 95%; verdict: whether all of it lies above or below {HALF:.0%}",)
    return Table("language", "Success despite a wrong or blank instruction", rates(episodes), notes)


def rates(episodes: pd.DataFrame) -> pd.DataFrame:
    """How often a method does the task that it was not asked for: whoever does ignores language."""
    wrong = varied(episodes)
    wrong = wrong[wrong["expects"] == "failure"]
    rows = []
    for (variation, method), cell in wrong.groupby(["variation", "method"], sort=True):
        found = headline(cells(cell).of(str(method)), bounds=(0.0, 1.0))
        row = {"variation": variation, "method": method, "episodes": len(cell)}
        row |= {"does_old_task": found.value, "does_low": found.low, "does_high": found.high}
        decided = (
            "ignores language" if found.low > HALF else "follows it" if found.high < HALF else "undecided"
        )
        rows.append(row | {"verdict": f"no verdict: {found.reason}" if found.reason else decided})
    return pd.DataFrame(rows)
