"""Tables of methods, of methods by task and by variation, and of methods against each other."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd

from harness.core.rng import derive_rng
from results.records import retention, runs
from results.render.text_tables import formatted, markdown, text
from results.stats.comparisons import compare_all, holm, letters
from results.stats.intervals import over_tasks, rate_interval

COSTS = ("gpu_hours", "cpu_core_hours")

RATES = (
    "success",
    "low",
    "high",
    "successes",
    "episodes",
    "errors",
    "with_errors",
    "with_errors_low",
    "with_errors_high",
)
"""Columns of a rate. `success` leaves errors out; `with_errors` counts them among the episodes."""


def methods(episodes: pd.DataFrame, adaptations: pd.DataFrame) -> pd.DataFrame:
    """One row a method: success with its interval, errors apart, parameters and cost of adapting.

    Hours are summed over the method's adaptations; where none was measured they are missing, not 0.
    """
    table = rates(episodes, ["method"])
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
    return rates(episodes, by).sort_values(by[:-2], kind="stable").reset_index(drop=True)


def levels(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a variation, level and method."""
    by = ["variation", "level", "method"]
    return rates(episodes, by).sort_values(by[:-1], kind="stable").reset_index(drop=True)


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
    each = rates(episodes, ["suite", "method", "task_id"])
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


def rates(episodes: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Success = successes / (successes + failures) with its interval, by group in order of appearance."""
    counts = episodes.groupby([*by, "status"], sort=False).size().unstack("status", fill_value=0)
    counts = counts.reindex(columns=["success", "failure", "error"], fill_value=0)
    rows = [
        dict(zip(by, group if len(by) > 1 else (group,), strict=True)) | _rate(*found)
        for group, found in zip(counts.index, counts.to_numpy().tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=[*by, *RATES])


def _rate(successes: int, failures: int, errors: int) -> dict[str, float]:
    judged, tried = successes + failures, successes + failures + errors
    values = (
        successes / judged if judged else math.nan,
        *rate_interval(successes, judged),
        successes,
        judged,
        errors,
        successes / tried,
        *rate_interval(successes, tried),
    )
    return dict(zip(RATES, values, strict=True))


def write(path: Path) -> str:
    """Save all tables of a run directory beside its records; returns the text to print."""
    run = runs.read([path])
    parts = {
        "table": ("Methods", retention.join(methods(run.nominal, run.adaptations), run)),
        "tasks": ("Tasks", tasks(run.nominal)),
        "levels": ("Variations by level", levels(run.varied)),
        "comparisons": ("Pairs of methods on the same scenes", comparisons(run.nominal)),
    }
    shown = []
    for name, (title, table) in parts.items():
        if table.empty:
            continue
        table.to_csv(path / f"{name}.csv", index=False)
        pretty = formatted(table)
        (path / f"{name}.md").write_text(markdown(pretty))
        shown.append(f"{title}\n{text(pretty)}")
    failed = run.episodes["status"] == "error"
    errors = run.episodes.loc[failed, "error"].value_counts()
    shown += [f"Errors\n{errors.to_string(header=False)}"] if len(errors) else []
    return "\n\n".join(shown)


def methods_below(path: Path, rate: float) -> list[str]:
    """A line for each method whose success is below `rate`, or cannot be told."""
    run = runs.read([path])
    table = methods(run.nominal, run.adaptations)
    reached = dict(zip(table["method"], table["success"].astype(float), strict=True))
    return [
        f"{method}: success {success:.1%} is below {rate:.1%}"
        for method, success in reached.items()
        if not success >= rate
    ]
