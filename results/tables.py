"""Tables of one run: methods, methods by task, methods against each other. CSV, Markdown and text."""

from __future__ import annotations

import json
import math
from itertools import combinations
from pathlib import Path

import pandas as pd

from results.loading import load
from results.statistics import compare, holm, wilson

COSTS = ("gpu_hours", "cpu_core_hours")


def methods(episodes: pd.DataFrame, adaptations: pd.DataFrame) -> pd.DataFrame:
    """One row a method: success with its Wilson interval, errors apart, parameters and cost of adapting.

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
    return rates(episodes, ["task_id", "task", "method"]).sort_values("task_id", kind="stable")


def comparisons(episodes: pd.DataFrame) -> pd.DataFrame:
    """Every pair of methods on the scenes that both finished; p adjusted by Holm over all pairs."""
    names = list(dict.fromkeys(episodes["method"]))
    rows = pd.DataFrame([vars(compare(episodes, *pair)) for pair in combinations(names, 2)])
    if not rows.empty:
        rows["p_holm"] = holm(rows["p"].tolist())
    return rows


def rates(episodes: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Success = successes / (successes + failures) with its interval, by group in order of appearance."""
    rows = []
    for group, part in episodes.groupby(by, sort=False):
        counts = part["status"].value_counts()
        successes, failures = int(counts.get("success", 0)), int(counts.get("failure", 0))
        low, high = wilson(successes, successes + failures)
        rows.append(
            dict(zip(by, group, strict=True))
            | {
                "success": successes / (successes + failures) if successes + failures else math.nan,
                "low": low,
                "high": high,
                "successes": successes,
                "episodes": successes + failures,
                "errors": int(counts.get("error", 0)),
            }
        )
    return pd.DataFrame(rows, columns=[*by, "success", "low", "high", "successes", "episodes", "errors"])


def ordered(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The clean records of a run by method, in the order asked for, then by task, seed and initial state.

    Varied episodes are in the tables of results.robustness, each beside its clean twin. Records lie in
    the order in which workers finished; tables must not depend on it.
    """
    episodes, adaptations = load(path)
    episodes = episodes[episodes["variation"].isna() | (episodes["variation"] == "none")]
    study = path / "study.json"
    methods = json.loads(study.read_text())["methods"] if study.exists() else []
    rank = {name: place for place, name in enumerate(dict.fromkeys([*methods, *episodes["method"]]))}
    by = ["method", "task_id", "seed", "init_id"]
    return episodes.sort_values(
        by, key=lambda column: column.map(rank) if column.name == "method" else column, kind="stable"
    ), adaptations


def write(path: Path) -> str:
    """Save all tables of a run directory beside its records; returns the text to print."""
    episodes, adaptations = ordered(path)
    parts = {
        "table": ("Methods", methods(episodes, adaptations)),
        "tasks": ("Tasks", tasks(episodes)),
        "comparisons": ("Pairs of methods on the same scenes", comparisons(episodes)),
    }
    shown = []
    for name, (title, table) in parts.items():
        if table.empty:
            continue
        table.to_csv(path / f"{name}.csv", index=False)
        pretty = formatted(table)
        (path / f"{name}.md").write_text(markdown(pretty))
        shown.append(f"{title}\n{pretty.to_string(index=False, max_colwidth=40)}")
    errors = episodes.loc[episodes["status"] == "error", "error"].value_counts()
    shown += [f"Errors\n{errors.to_string(header=False)}"] if len(errors) else []
    return "\n\n".join(shown)


def methods_below(path: Path, rate: float) -> list[str]:
    """A line for each method whose success is below `rate`, or cannot be told."""
    table = methods(*ordered(path))
    reached = dict(zip(table["method"], table["success"].astype(float), strict=True))
    return [
        f"{method}: success {success:.1%} is below {rate:.1%}"
        for method, success in reached.items()
        if not success >= rate
    ]


def formatted(table: pd.DataFrame) -> pd.DataFrame:
    """The table as text: rates in percent with their interval, counts with separators, blanks for missing."""
    shown = pd.DataFrame(index=table.index)
    for name, column in table.items():
        if name == "success" and "low" in table:
            ends = zip(column, table["low"], table["high"], strict=True)
            shown["success [95%]"] = [
                "" if math.isnan(rate) else f"{rate:.1%} [{low:.1%}, {high:.1%}]" for rate, low, high in ends
            ]
        elif name not in ("low", "high"):
            shown[str(name)] = [_cell(str(name), value) for value in column]
    return shown


def markdown(table: pd.DataFrame) -> str:
    """A table of text as Markdown."""
    lines = [table.columns.tolist(), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    return "".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def _cell(name: str, value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and (name in COSTS or name.startswith("p")):
        return f"{value:.4f}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and name != "difference" else f"{value:+.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
