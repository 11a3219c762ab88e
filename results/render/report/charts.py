"""The charts of a report: success against cost, seconds by phase, levels of variation, training loss."""

from __future__ import annotations

import math

from results.render.figures import canvas, curves
from results.render.figures.curves import Point
from results.render.html import part
from results.tables.comparison import Comparison

UNITS = {
    "gpu_hours_each": "GPU-hours of one adaptation",
    "cpu_core_hours_each": "CPU core-hours of one adaptation",
}


def cost(comparison: Comparison) -> str:
    """Success over hours, a chart for each unit that was measured, and seconds by phase."""
    drawn = [*_against_cost(comparison), *_phases(comparison)]
    return part("cost", "Success against cost", _row(drawn))


def levels(comparison: Comparison) -> str:
    """Success over level, a chart for each variation; level 0 is the unvaried scene."""
    if "levels" not in comparison:
        return ""
    drawn = []
    for variation, mine in comparison["levels"].groupby("variation", sort=False):
        series = {}
        for name, rows in mine.groupby("method", sort=False):
            known = rows.to_dict("records")
            if "methods" in comparison and 0 not in set(rows["level"]):
                nominal = comparison["methods"]
                known = [*nominal[nominal["method"] == name].assign(level=0).to_dict("records"), *known]
            points = [
                Point(row["level"], row["success"], row["low"], row["high"])
                for row in known
                if not math.isnan(row["success"])
            ]
            if points:
                series[str(name)] = points
        if series:
            figure = curves.against_level(series, str(variation))
            title, words = f"Success under {variation}", f"{variation}. Level 0: no variation. Bars: 95%."
            drawn.append(canvas.in_page(figure, title, words, unique=f"level-{variation}"))
    return part("levels-chart", "Success against level of variation", _row(drawn))


def losses(comparison: Comparison) -> str:
    """Training loss of each method over steps."""
    if "losses" not in comparison:
        return ""
    caption = "Mean over the adaptations of each method, their range shaded."
    drawing = curves.losses(comparison["losses"])
    return part("losses", "Training loss", canvas.in_page(drawing, "Training loss", caption, unique="losses"))


def _against_cost(comparison: Comparison) -> list[str]:
    if "methods" not in comparison or "costs" not in comparison:
        return []
    rates = comparison["methods"][["method", "success", "low", "high"]]
    joined = rates.merge(comparison["costs"], on="method")
    drawn = []
    for unit, label in UNITS.items():
        known = joined[(joined[unit] > 0) & joined["success"].notna()]
        series = {
            row["method"]: Point(row[unit], row["success"], row["low"], row["high"])
            for row in known.to_dict("records")
        }
        if series:
            words = "Bars: 95%. Dashed: methods that no cheaper one beats."
            figure = curves.against_cost(series, label)
            drawn.append(canvas.in_page(figure, f"Success against {label}", words, unique=unit))
    return drawn


def _phases(comparison: Comparison) -> list[str]:
    """Nothing where no phase was measured."""
    if "phases" not in comparison:
        return []
    frame = comparison["phases"]
    drawn = []
    for unit, own in frame.groupby("unit", sort=False):
        names = [
            name for name in map(str, own) if name.endswith("_s") and name != "total_s" and own[name].any()
        ]
        rows = {row["method"]: [row[name] for name in names] for row in own.fillna(0.0).to_dict("records")}
        if names:
            figure = curves.stacked(rows, [name.removesuffix("_s") for name in names], f"{unit} seconds")
            words = f"{str(unit).capitalize()} seconds of one adaptation by phase, without demonstrations."
            drawn.append(canvas.in_page(figure, "Seconds of one adaptation", words, unique=f"phases-{unit}"))
    return drawn


def _row(figures: list[str]) -> str:
    return f'<div class="row">{"".join(figures)}</div>' if figures else ""
