"""What success costs. GPU-hours and CPU core-hours are different columns: never one made into the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from results.records.runs import Records
from results.tables import success
from results.tables.table import Table

GIB = 2**30
UNTRAINED = 0
"""Steps of an adaptation that trains nothing: what it took is loading, no price of its success."""

UNITS = {"GPU-hours": "gpu_hours_each", "CPU core-hours": "cpu_core_hours_each"}

PHASES = ("demo_s", "load_s", "activations_s", "select_s", "train_s", "checkpoint_s")
"""Seconds of one adaptation, in the order in which they are spent; `demo_s` is shared by all methods."""


COST_NOTES = (
    "per hour of one adaptation; blank where nothing was trained, or the other unit was measured",
    "evaluation: wall hours of all episodes, one worker each",
)


def tables(records: Records, target: float | None) -> Iterator[Table]:
    """Cost of adapting, seconds by phase, and the cost to reach `target` (a rate) where one is given."""
    episodes = records.nominal if len(records.nominal) else records.varied
    table = success.methods(episodes, records.adaptations)
    priced = costs(records.episodes, records.adaptations, table)
    yield Table("costs", "Cost of adapting", priced, COST_NOTES)
    yield Table("phases", "Seconds of one adaptation by phase", phases(records.adaptations, records.methods))
    if target is not None:
        own = records.episodes.drop_duplicates("method").set_index("method")["own_method"]
        note = "the cheapest measured budget that reached it; certain: its whole interval lies above"
        reached = to_target(table, priced, own, target)
        yield Table("target", f"Cost to reach {target:.0%} success", reached, (note,))


def costs(episodes: pd.DataFrame, adaptations: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """One row a method of `table` (success by method): what one adaptation costs, and success per hour.

    `*_each` are hours of one adaptation (mean). `success_per_*_hour` divides the success rate by them, and
    `gain_per_*_hour` what is above the untrained policy; both are blank where nothing was trained.
    """
    needed = ["flops", "gpu_hours", "cpu_core_hours", "peak_bytes"]
    done = adaptations.reindex(columns=list(dict.fromkeys([*adaptations.columns, *needed])))
    done[needed] = done[needed].apply(pd.to_numeric, errors="coerce")
    shown = done.groupby("method", sort=False).agg(
        adaptations=("adapt_id", "count"),
        trainable_params=("trainable_params", "max"),
        total_params=("total_params", "max"),
        steps=("steps", "max"),
        peak_bytes=("peak_bytes", "max"),
        flops=("flops", "mean"),
        gpu_hours_each=("gpu_hours", "mean"),
        cpu_core_hours_each=("cpu_core_hours", "mean"),
    )
    frame = table[["method", "success"]].join(shown, on="method")
    frame["peak_gib"] = frame.pop("peak_bytes") / GIB
    frame["gflops"] = frame.pop("flops") / 1e9
    trained = frame["steps"] > UNTRAINED
    base = frame.loc[frame["steps"] == UNTRAINED, "success"]
    gain = frame["success"] - (base.iloc[0] if len(base) == 1 else math.nan)
    for unit in ("gpu", "cpu_core"):
        hours = frame[f"{unit}_hours_each"].where(trained)
        frame[f"success_per_{unit}_hour"] = frame["success"] / hours
        frame[f"gain_per_{unit}_hour"] = gain / hours
    spent = episodes.groupby("method", sort=False)["wall_s"].sum(min_count=1) / 3600
    frame["evaluation_hours"] = frame["method"].map(spent)
    return frame.drop(columns="success")


def phases(adaptations: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """One row for each of `methods`: mean seconds of one adaptation by phase; NaN where not measured."""
    present = [name for name in PHASES if name in adaptations]
    means = adaptations.groupby("method")[present].mean()
    return means.reindex([name for name in methods if name in means.index]).reset_index()


def to_target(table: pd.DataFrame, priced: pd.DataFrame, own: pd.Series, target: float) -> pd.DataFrame:
    """One row a method as it was recorded, and unit of cost: its cheapest run that reached `target`.

    `table` and `priced` (see `costs`) have a row for each name shown, and `own` maps these to recorded
    methods: the same method at several budgets of steps or demonstrations is one row here. `certain` says
    whether the interval lies above the target, too. Nothing between measured budgets is made up.
    """
    joined = table[["method", "success", "low"]].merge(priced, on="method")
    joined["own"] = joined["method"].map(own)
    rows = []
    for name, part in joined.groupby("own", sort=False):
        for unit, column in UNITS.items():
            if part[column].notna().any():
                rows.append({"method": name, "target": target} | _cheapest(part, unit, column, target))
    return pd.DataFrame(rows)


def _cheapest(part: pd.DataFrame, unit: str, column: str, target: float) -> dict[str, object]:
    reached = part[(part["success"] >= target) & part[column].notna()]
    if reached.empty:
        blank = {"success": math.nan, "lower_bound": math.nan, "certain": "", "hours": math.nan}
        return {"reached_by": "not reached", **blank, "unit": unit}
    best = reached.sort_values(column, kind="stable").iloc[0]
    return {
        "reached_by": best["method"],
        "success": best["success"],
        "lower_bound": best["low"],
        "certain": "yes" if best["low"] >= target else "no",
        "hours": best[column],
        "unit": unit,
    }
