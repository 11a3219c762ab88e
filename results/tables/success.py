"""Success of methods over their adaptations, on the scenes that all of them finished."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from results.stats.headline import headline
from results.tables import completeness, retention, speed
from results.tables.table import Table

if TYPE_CHECKING:
    from results.records.runs import Records
    from results.tables.clean import Clean

COSTS = ("gpu_hours", "cpu_core_hours")


def table(records: Records, clean: Clean) -> Table:
    """One row a method, the best first."""
    found = methods(records, clean)
    ordered = found.sort_values("success", ascending=False, kind="stable").reset_index(drop=True)
    return Table("methods", "Methods", ordered, _notes(ordered, clean))


def methods(records: Records, clean: Clean) -> pd.DataFrame:
    """One row a method in the order asked for: success with its interval over adaptations, steps to success,
    errors apart, parameters and cost of adapting.

    Hours are summed over the method's adaptations; where none was measured they are missing, not 0.
    """
    errors = (records.nominal["status"] == "error").groupby(records.nominal["method"], sort=False).sum()
    judged = clean.episodes.groupby("method", sort=False).size()
    rows = [
        {
            "method": name,
            **_rate(clean, str(name)),
            "episodes": int(judged.get(name, 0)),
            "errors": int(broken),
        }
        for name, broken in errors.items()
    ]
    shown = pd.DataFrame(rows).merge(_worst_case(records), on="method", how="left")
    shown = shown.merge(speed.steps(clean), on="method", how="left")
    costs = records.adaptations.groupby("method", sort=False).agg(
        adaptations=("adapt_id", "count"),
        trainable_params=("trainable_params", "max"),
        **{name: (name, lambda hours: hours.sum(min_count=1)) for name in COSTS},
    )
    return retention.join(shown.join(costs, on="method"), records)


def without_result(episodes: pd.DataFrame) -> list[str]:
    """A line for each method of which every episode ended in an error: nothing was measured of it."""
    failed = (episodes["status"] == "error").groupby(episodes["method"], sort=False)
    return [
        f"{method}: all {len(errors)} episodes ended in an error, so there is no success rate; mend what "
        "column error says and add --retry-errors"
        for method, errors in failed
        if errors.all()
    ]


def below(table: pd.DataFrame, rate: float) -> list[str]:
    """A line for each method of `table` whose success is below `rate` or unknown."""
    lines = []
    for row in table.to_dict("records"):
        if math.isnan(row["success"]):
            lines.append(f"{row['method']}: success is unknown, all of its episodes ended in an error")
        elif row["success"] < rate:
            lines.append(f"{row['method']}: success {row['success']:.1%} is below {rate:.1%}")
    return lines


def _rate(clean: Clean, method: str) -> dict[str, object]:
    """Of one method: mean over tasks with its interval, and of how many adaptations."""
    if method not in clean.methods:
        return {"success": math.nan, "low": math.nan, "high": math.nan, "tasks": 0, "seeds": 0, "reason": ""}
    found = headline(clean.rates.of(method), bounds=(0.0, 1.0))
    ends = {"success": found.value, "low": found.low, "high": found.high}
    return ends | {"tasks": found.tasks, "seeds": found.seeds, "reason": found.reason}


def _worst_case(records: Records) -> pd.DataFrame:
    """Pooled success with every error counted as a failure and as a success, of methods with many errors."""
    rows = []
    for method, share in completeness.error_shares(records).items():
        if share > completeness.FEW_ERRORS:
            status = records.nominal.loc[records.nominal["method"] == method, "status"]
            low = float((status == "success").mean())
            rows.append({"method": method, "worst_case_low": low, "worst_case_high": low + share})
    return pd.DataFrame(rows, columns=["method", "worst_case_low", "worst_case_high"])


def _notes(table: pd.DataFrame, clean: Clean) -> tuple[str, ...]:
    unknown = table.loc[table["episodes"] == 0, "method"].tolist()
    notes = []
    if unknown:
        notes.append(f"no result: every episode of {', '.join(unknown)} ended in an error")
    scenes = f"the {clean.scenes:,} scenes that all methods finished" if clean.common else "its own scenes"
    notes.append(f"success: mean over tasks on {scenes}; interval over adaptations at 95%")
    for reason in dict.fromkeys(filter(None, table["reason"])):
        names = ", ".join(table.loc[table["reason"] == reason, "method"])
        notes.append(f"no interval ({names}): {reason}")
    if table["errors"].any():
        notes.append("errors are episodes that crashed: left out of success; worst case: counted either way")
    if table["steps"].notna().any():
        notes.append(speed.NOTE)
    if "pretraining" in table:
        notes.append(
            "pretraining: success on tasks that the policy was pretrained on, adapted and before that"
        )
    return tuple(notes)
