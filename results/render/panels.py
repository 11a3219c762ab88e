"""The charts of a report: success against cost, cost by phase, levels of variation, training loss."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping

import numpy as np

from results.records.runs import Runs
from results.render import charts
from results.render.charts import Point
from results.tables.comparison import Table

UNITS = {
    "gpu_hours_each": "GPU-hours of one adaptation",
    "cpu_core_hours_each": "CPU core-hours of one adaptation",
}

PHASE_NAMES = {
    "load_s": "load",
    "activations_s": "activations",
    "select_s": "selection",
    "train_s": "training",
    "checkpoint_s": "checkpoint",
}
"""Demonstrations are left out: all methods share them."""

MOST_LOSSES = 30
"""Points of a loss curve: means of so many groups of steps."""


def part(name: str, title: str, body: str) -> str:
    """A section of the page; empty without a body."""
    return f'<section id="{name}"><h2>{html.escape(title)}</h2>{body}</section>\n' if body else ""


def pareto(runs: Runs, tables: Mapping[str, Table]) -> str:
    """Success over hours, a chart for each unit that was measured."""
    if "methods" not in tables or "costs" not in tables:
        return ""
    joined = (
        tables["methods"]
        .frame[["method", "success", "low", "high"]]
        .merge(tables["costs"].frame, on="method")
    )
    drawn = []
    for unit, label in UNITS.items():
        if unit not in joined:
            continue
        known = joined[(joined[unit] > 0) & joined["success"].notna()]
        series = {
            row["method"]: Point(row[unit], row["success"], row["low"], row["high"])
            for _, row in known.iterrows()
        }
        if series:
            chart = charts.scatter(series, label, f"Success against {label}")
            drawn.append(charts.figure(chart, "Bars: 95%. Dashed: methods that no cheaper one beats."))
    drawn += phases(tables)
    return part("cost", "Success against cost", f'<div class="row">{"".join(drawn)}</div>' if drawn else "")


def levels(tables: Mapping[str, Table]) -> str:
    """Success over level, a chart for each variation; level 0 is the unvaried scene."""
    if "levels" not in tables:
        return ""
    frame = tables["levels"].frame
    nominal = tables["methods"].frame if "methods" in tables else None
    names = list(dict.fromkeys(frame["method"]))
    drawn = []
    for variation, mine in frame.groupby("variation", sort=False):
        series = {}
        for name in names:
            rows = mine[mine["method"] == name].to_dict("records")
            if nominal is not None and 0 not in {row["level"] for row in rows}:
                rows = [*nominal[nominal["method"] == name].assign(level=0).to_dict("records"), *rows]
            points = [
                Point(row["level"], row["success"], row["low"], row["high"])
                for row in rows
                if not math.isnan(row["success"])
            ]
            series[name] = points
        if any(series.values()):
            known = {name: points for name, points in series.items() if points}
            chart = charts.lines(
                known, "level", "success", f"Success under {variation}", percent=True, marks=True
            )
            drawn.append(charts.figure(chart, str(variation)))
    body = charts.legend(names) + f'<div class="row">{"".join(drawn)}</div>' if drawn else ""
    return part("levels-chart", "Success against level of variation", body)


def losses(runs: Runs) -> str:
    """Mean training loss of each method's adaptations over steps."""
    if "losses" not in runs.adaptations:
        return ""
    series = {}
    for method in runs.methods:
        own = runs.adaptations[runs.adaptations["method"] == method]
        curves = [
            (thinned(values), steps)
            for values, steps in zip(own["losses"], own["steps"], strict=True)
            if isinstance(values, list) and len(values) > 1
        ]
        if not curves:
            continue
        shortest = min(len(curve) for curve, _ in curves)
        mean = np.mean([thinned(curve, shortest) for curve, _ in curves], axis=0)
        steps = max(steps for _, steps in curves)
        series[method] = [
            Point((place + 0.5) * steps / shortest, float(value)) for place, value in enumerate(mean)
        ]
    if not series:
        return ""
    chart = charts.lines(series, "step", "loss", "Training loss", percent=False, marks=False)
    caption = "Mean over the adaptations of each method, in groups of steps."
    return part(
        "losses", "Training loss", charts.legend(list(series), dashes=True) + charts.figure(chart, caption)
    )


def thinned(values: list[float] | np.ndarray, most: int = MOST_LOSSES) -> np.ndarray:
    """Means of at most `most` consecutive groups."""
    groups = np.array_split(np.asarray(values, dtype=float), min(most, len(values)))
    return np.array([group.mean() for group in groups])


def phases(tables: Mapping[str, Table]) -> list[str]:
    """Seconds of one adaptation, stacked by phase: one figure, or none where nothing was measured."""
    if "phases" not in tables:
        return []
    frame = tables["phases"].frame
    present = [name for name in PHASE_NAMES if name in frame]
    rows = {row["method"]: [row[name] for name in present] for row in frame.fillna(0.0).to_dict("records")}
    if not present or not any(sum(values) for values in rows.values()):
        return []
    names = [PHASE_NAMES[name] for name in present]
    drawing = charts.bars(rows, names, "s", "Seconds of one adaptation by phase")
    return [charts.figure(drawing, "Wall seconds of one adaptation by phase, without demonstrations.")]
