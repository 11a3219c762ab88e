"""What success costs. GPU-hours and CPU core-hours are different columns: never one made into the other."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from results.records.runs import Records
from results.tables.table import Table

GIB = 2**30

UNITS = {"GPU-hours": "gpu_hours_each", "CPU core-hours": "cpu_core_hours_each"}

COST_NOTES = (
    "hours of one adaptation (mean); blank where the other unit was measured",
    "evaluation: wall hours of all episodes, one worker each",
)


def tables(
    records: Records, priced: pd.DataFrame, rates: pd.DataFrame, target: float | None
) -> Iterator[Table]:
    """Cost of adapting (`priced`), and the cost to reach `target` (a rate) where one is given.

    `rates` has success with its interval by method.
    """
    yield Table("costs", "Cost of adapting", priced, COST_NOTES)
    if target is not None:
        own = records.episodes.drop_duplicates("method").set_index("method")["own_method"]
        note = "the cheapest measured budget that reached it; certain: its whole interval lies above"
        reached = to_target(rates, priced, own, target)
        yield Table("target", f"Cost to reach {target:.0%} success", reached, (note,))


def costs(records: Records) -> pd.DataFrame:
    """One row a method, the cheapest first: what one adaptation costs. `*_each` are mean hours of one."""
    needed = ["flops", "gpu_hours", "cpu_core_hours", "peak_bytes"]
    adaptations = records.adaptations
    done = adaptations.reindex(columns=list(dict.fromkeys([*adaptations.columns, *needed])))
    done[needed] = done[needed].apply(pd.to_numeric, errors="coerce")
    shown = done.groupby("method", sort=False).agg(
        adaptations=("adapt_id", "count"),
        trainable_params=("trainable_params", "max"),
        total_params=("total_params", "max"),
        steps=("train_steps", "max"),
        peak_bytes=("peak_bytes", "max"),
        flops=("flops", "mean"),
        gpu_hours_each=("gpu_hours", "mean"),
        cpu_core_hours_each=("cpu_core_hours", "mean"),
    )
    frame = pd.DataFrame({"method": records.methods}).join(shown, on="method")
    frame["peak_gib"] = frame.pop("peak_bytes") / GIB
    frame["gflops"] = frame.pop("flops") / 1e9
    spent = records.episodes.groupby("method", sort=False)["wall_s"].sum(min_count=1) / 3600
    frame["evaluation_hours"] = frame["method"].map(spent)
    return frame.sort_values(list(UNITS.values()), kind="stable").reset_index(drop=True)


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
