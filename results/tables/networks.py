"""These networks on these scenes: what can be said without another training, episode by episode."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from results.records.runs import Records
from results.stats.comparisons import compare_all
from results.stats.contrasts import holm
from results.stats.intervals import bonett_price_interval
from results.stats.student import ALPHA
from results.tables.origin import with_fingerprint
from results.tables.rates import counted
from results.tables.table import Table
from results.tables.twins import pairs as twins

ABOUT = "these networks on these scenes"

NOTE = "all episodes of one network share its luck: another seed may reverse this; see planned contrasts"
INTERVALS = "success: Wilson interval, exact (Clopper-Pearson) where none or all succeeded"

TOO_FEW = 6
"""Pairs below which exact McNemar cannot reach 5%, whatever the outcome: 2 x 0.5^5 is 6.25%."""


def tables(records: Records) -> Iterator[Table]:
    """Pooled rates, pairs of methods on the same episodes, tasks, and levels of variation."""
    nominal = records.nominal
    if len(nominal):
        ranked = counted(nominal, ["method"]).sort_values("success", ascending=False, kind="stable")
        rates = with_fingerprint(ranked, records)
        yield Table("networks", f"Methods: {ABOUT}", rates, (INTERVALS, NOTE))
        found = pairs(nominal)
        yield Table("network_pairs", f"Pairs of methods: {ABOUT}", found, _pair_notes(found))
        by_task = with_fingerprint(tasks(nominal), records)
        yield Table("tasks", f"Tasks: {ABOUT}", by_task, (INTERVALS,))
    found = with_fingerprint(levels(records.episodes), records)
    note = "drop: clean minus varied success on the same scenes, interval by Bonett and Price"
    yield Table("levels", f"Success under variations, by level: {ABOUT}", found, (INTERVALS, note))


def tasks(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a task and method."""
    by = ["task_id", "task", "method"]
    by = ["suite", *by] if episodes["suite"].nunique() > 1 else by
    return counted(episodes, by).sort_values(by[:-2], kind="stable").reset_index(drop=True)


def levels(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a variation, level and method: success, and the drop from clean twins where there are any."""
    by = ["variation", "level", "method"]
    varied = episodes[episodes["variation"] != "none"]
    found = counted(varied, by).sort_values(by[:-1], kind="stable").reset_index(drop=True)
    rows = []
    for group, cell in twins(episodes).groupby(by, sort=False):
        clean, won = cell["clean"].to_numpy(), cell["won"].to_numpy()
        low, high = bonett_price_interval(clean, won)
        drop = {"drop": float((clean - won).mean()), "drop_low": low, "drop_high": high}
        rows.append(dict(zip(by, group, strict=True)) | drop)
    return found.merge(pd.DataFrame(rows), on=by, how="left") if rows else found


def pairs(episodes: pd.DataFrame) -> pd.DataFrame:
    """Every pair of methods on the scenes that both finished; p adjusted by Holm over all pairs."""
    rows = pd.DataFrame([vars(pair) for pair in compare_all(episodes)])
    if not rows.empty:
        known = rows["p"].notna()
        rows.insert(list(rows).index("p") + 1, "p_holm", math.nan)
        rows.loc[known, "p_holm"], _ = holm(rows.loc[known, "p"].to_numpy(), ALPHA)
    return rows


def _pair_notes(found: pd.DataFrame) -> tuple[str, ...]:
    if found.empty:
        return ()
    notes = [
        "difference: first minus second, interval by Newcombe; p: exact McNemar; Holm over the "
        f"{int(found['p'].notna().sum())} pairs of this table",
        NOTE,
    ]
    apart = int((found["scenes"] == 0).sum())
    if apart:
        notes.append(f"{apart} of {len(found)} pairs have no common episodes and were not tested")
    few = int(((found["scenes"] > 0) & (found["scenes"] < TOO_FEW)).sum())
    if few:
        notes.append(f"{few} of {len(found)} pairs have under {TOO_FEW} episodes: no outcome reaches 5%")
    return tuple(notes)
