"""Success on tasks of the policy's pretraining, before and after adaptation (`--retention-episodes N`)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from harness.core.settings import UNTRAINED
from results.records.runs import Records
from results.tables.rates import counted
from results.tables.table import Table

COLUMNS = {"success": "pretraining", "low": "pretraining_low", "high": "pretraining_high"}


def tables(records: Records) -> Iterator[Table]:
    """Retention by method, the untrained policy among them."""
    note = f"{UNTRAINED}: the policy before adaptation; errors are left out of success"
    yield Table("retention", "Success on tasks of the pretraining", rates(records), (note,))


def rates(records: Records) -> pd.DataFrame:
    """One row a method, in the order asked for: success with its interval; errors left out and counted."""
    found = _rates(records.retention)
    order = [name for run in records.runs for name in run.study.get("methods", [])]
    rank = {name: place for place, name in enumerate(dict.fromkeys([*order, *records.methods]))}
    return found.sort_values(
        "method", key=lambda names: names.map(lambda name: (rank.get(name, len(rank)), name))
    ).reset_index(drop=True)


def join(table: pd.DataFrame, records: Records) -> pd.DataFrame:
    """`table` of methods with their success on pretraining tasks; as it is where no run measured that.

    `pretraining_before` is that of the untrained policy in the same runs, `pretraining` what is left of it
    after adaptation, with its interval: rates in [0, 1], NaN where there are no such episodes.
    """
    found = records.retention
    if found.empty:
        return table
    before = {}
    for method, part in found.groupby("method"):
        untrained = found[(found["own_method"] == UNTRAINED) & found["run"].isin(part["run"])]
        before[method] = _rates(untrained.assign(method=UNTRAINED))["success"].get(0, math.nan)
    kept = _rates(found).set_index("method").rename(columns=COLUMNS)[list(COLUMNS.values())]
    return table.assign(pretraining_before=table["method"].map(before)).join(kept, on="method")


def _rates(episodes: pd.DataFrame) -> pd.DataFrame:
    return counted(episodes, ["method"])[["method", "success", "low", "high", "episodes", "errors"]]
