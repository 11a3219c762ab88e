"""Success on tasks of the policy's pretraining, before and after adaptation (`--retention-episodes N`)."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from harness.core.run_paths import RunPaths
from harness.core.settings import UNTRAINED
from results.records.loading import read_lines
from results.records.runs import Runs
from results.stats.intervals import rate_interval

COLUMNS = {"kept": "pretraining", "low": "pretraining_low", "high": "pretraining_high"}


def join(table: pd.DataFrame, read: Runs) -> pd.DataFrame:
    """`table` of methods with their success on pretraining tasks; as it is where no run measured that.

    `pretraining_before` is that of the untrained policy in the same runs, `pretraining` what is left of it
    after adaptation, with its interval: rates in [0, 1], NaN where there are no such episodes.
    """
    found = pd.concat([_shown(read, place) for place in range(len(read.runs))], ignore_index=True)
    if found.empty:
        return table
    before = {}
    for method, part in found.groupby("method"):
        untrained = found[(found["own_method"] == UNTRAINED) & found["run"].isin(part["run"])]
        before[method] = rates(untrained.assign(method=UNTRAINED))["kept"].get(0, math.nan)
    kept = rates(found).set_index("method").rename(columns=COLUMNS)[list(COLUMNS.values())]
    return table.assign(pretraining_before=table["method"].map(before)).join(kept, on="method")


def rates(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a method, in order of appearance: `kept` with its interval; errors left out and counted."""
    table = []
    for method, part in episodes.groupby("method", sort=False):
        status = part["status"].value_counts()
        successes, failures = int(status.get("success", 0)), int(status.get("failure", 0))
        judged = successes + failures
        low, high = rate_interval(successes, judged)
        rate = successes / judged if judged else math.nan
        row = {"method": method, "kept": rate, "low": low, "high": high, "episodes": judged}
        table.append(row | {"errors": int(status.get("error", 0))})
    return pd.DataFrame(table, columns=["method", "kept", "low", "high", "episodes", "errors"])


def load(run: Path) -> pd.DataFrame:
    """The episodes on pretraining tasks of a run directory; empty where there are none.

    An error that was tried again counts as its last try. The policy before adaptation is the same whatever
    the task: each of its scenes counts once.
    """
    rows = pd.DataFrame({row["episode_id"]: row for row in read_lines(RunPaths(run).retention)}.values())
    if rows.empty:
        return rows
    return rows[(rows["method"] != UNTRAINED) | ~rows.duplicated(["method", "scene_id"])]


def _shown(read: Runs, place: int) -> pd.DataFrame:
    """The episodes of one of the runs, by the name under which each method is shown."""
    found = load(read.runs[place].path)
    if found.empty:
        return found
    names = read.episodes.loc[read.episodes["run"] == place, ["own_method", "method"]].drop_duplicates()
    known = dict(names.itertuples(index=False, name=None))
    shown = [known.get(name, name) for name in found["method"]]
    return found.assign(own_method=found["method"], method=shown, run=place)
