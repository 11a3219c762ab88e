"""Success of methods, by task and by variation, and of methods against each other."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from harness.core.rng import derive_rng
from results.records.runs import Records
from results.stats.comparisons import compare_all, holm, letters
from results.stats.intervals import over_tasks
from results.tables import retention
from results.tables.origin import with_fingerprint
from results.tables.rates import counted
from results.tables.table import Table

COSTS = ("gpu_hours", "cpu_core_hours")

TOO_FEW = 6
"""Pairs below which exact McNemar cannot reach 5%, whatever the outcome: 2 x 0.5^5 is 6.25%."""

AGGREGATE_NOTE = (
    "every task counts the same; the interval is a bootstrap over tasks (what other tasks of this kind "
    "might give), blank below three tasks"
)


def tables(records: Records) -> Iterator[Table]:
    """Methods, means over tasks, pairs, tasks, levels; only levels where nothing ran unvaried."""
    if len(records.nominal):
        pairs = comparisons(records.nominal)
        ranked = ranking(retention.join(methods(records.nominal, records.adaptations), records), pairs)
        yield Table("methods", "Methods", with_fingerprint(ranked, records), _method_notes(ranked))
        yield Table("aggregates", "Mean over tasks", _several(aggregates(records.nominal)), (AGGREGATE_NOTE,))
        yield Table("comparisons", "Pairs of methods on the same episodes", pairs, _pair_notes(pairs))
        yield Table("tasks", "Tasks", with_fingerprint(tasks(records.nominal), records))
    frame = with_fingerprint(levels(records.varied), records)
    yield Table("levels", "Success under variations, by level", frame)


def methods(episodes: pd.DataFrame, adaptations: pd.DataFrame) -> pd.DataFrame:
    """One row a method: success with its interval, errors apart, parameters and cost of adapting.

    Hours are summed over the method's adaptations; where none was measured they are missing, not 0.
    """
    table = counted(episodes, ["method"])
    costs = adaptations.groupby("method", sort=False).agg(
        adaptations=("adapt_id", "count"),
        trainable_params=("trainable_params", "max"),
        **{name: (name, lambda hours: hours.sum(min_count=1)) for name in COSTS},
    )
    return table.join(costs, on="method")


def tasks(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a task and method."""
    by = ["task_id", "task", "method"]
    by = ["suite", *by] if episodes["suite"].nunique() > 1 else by
    return counted(episodes, by).sort_values(by[:-2], kind="stable").reset_index(drop=True)


def levels(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a variation, level and method."""
    by = ["variation", "level", "method"]
    return counted(episodes, by).sort_values(by[:-1], kind="stable").reset_index(drop=True)


def comparisons(episodes: pd.DataFrame) -> pd.DataFrame:
    """Every pair of methods on the scenes that both finished; p adjusted by Holm over all pairs."""
    rows = pd.DataFrame([vars(pair) for pair in compare_all(episodes)])
    if not rows.empty:
        rows.insert(list(rows).index("p") + 1, "p_holm", holm(rows["p"].tolist()))
    return rows


def ranking(table: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """`table` of methods with a column of compact letters, `a` for the best."""
    ranked = table.sort_values("success", ascending=False, kind="stable")["method"].tolist()
    found = letters(ranked, pairs)
    return table.assign(letters=[found[name] for name in table["method"]])


def aggregates(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a suite and method: mean over tasks, and what other tasks might have given."""
    each = counted(episodes, ["suite", "method", "task_id"])
    rows = []
    for (suite, method), part in each.groupby(["suite", "method"], sort=False):
        values = part["success"].to_numpy(dtype=float)
        known = values[~np.isnan(values)]
        low, high = over_tasks(known, derive_rng("mean over tasks", suite, method))
        mean = float(known.mean()) if len(known) else math.nan
        worst = float(known.min()) if len(known) else math.nan
        row = {"suite": suite, "method": method, "tasks": len(known), "mean": mean}
        rows.append(row | {"mean_low": low, "mean_high": high, "worst_task": worst})
    return pd.DataFrame(rows)


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


def _several(found: pd.DataFrame) -> pd.DataFrame:
    """Nothing where there is a single task: its mean is in the table of methods."""
    return found if (found["tasks"] > 1).any() else found.iloc[:0]


def _method_notes(table: pd.DataFrame) -> tuple[str, ...]:
    unknown = table.loc[table["episodes"] == 0, "method"].tolist()
    notes = []
    if unknown:
        notes.append(f"no result: every episode of {', '.join(unknown)} ended in an error")
    notes.append("success: Wilson interval, exact (Clopper-Pearson) where none or all succeeded")
    if len(table) > 1:
        notes.append(
            "letters: no significant difference between methods that share one (exact McNemar, Holm, 5%)"
        )
    if table["errors"].any():
        notes.append(
            "errors are episodes that crashed: left out of success; errors counted: among the episodes"
        )
    if "pretraining" in table:
        notes.append(
            "pretraining: success on tasks that the policy was pretrained on, adapted and before that"
        )
    return tuple(notes)


def _pair_notes(pairs: pd.DataFrame) -> tuple[str, ...]:
    if pairs.empty:
        return ()
    notes = [
        "difference: first minus second, interval by Newcombe; p: exact McNemar; Holm over the "
        f"{int(pairs['p'].notna().sum())} pairs of this table",
        "detectable: true difference that so many episodes show in four of five repetitions",
    ]
    apart = int((pairs["scenes"] == 0).sum())
    if apart:
        notes.append(f"{apart} of {len(pairs)} pairs have no common episodes and were not tested")
    few = int(((pairs["scenes"] > 0) & (pairs["scenes"] < TOO_FEW)).sum())
    if few:
        notes.append(f"{few} of {len(pairs)} pairs have under {TOO_FEW} episodes: no outcome reaches 5%")
    return tuple(notes)
