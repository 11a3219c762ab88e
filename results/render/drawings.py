"""Every drawing about a comparison, the same for a page and for a file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from results.render.figures import answer as answers
from results.render.figures import canvas, curves
from results.render.figures.curves import Point
from results.tables.comparison import Comparison

UNITS = {
    "gpu_hours_each": "GPU-seconds of one adaptation",
    "cpu_core_hours_each": "processor seconds of one adaptation",
}


@dataclass(frozen=True)
class Drawing:
    """A figure with its words."""

    name: str
    """Stem of its files, and what tells its ids apart on a page."""
    title: str
    caption: str
    figure: Figure

    def in_page(self) -> str:
        """As a part of a page."""
        return canvas.in_page(self.figure, self.title, self.caption, unique=self.name)


def answer(comparison: Comparison) -> Iterator[Drawing]:
    """Planned contrasts with intervals beside their cost, and success by method with seeds."""
    order = comparison.records.methods
    if "contrasts" in comparison:
        caption = (
            "Difference with its interval over adaptations, at the level of Holm's test; filled where that "
            "leaves 0 out."
        )
        figure = answers.contrasts(comparison["contrasts"], order)
        yield Drawing("contrasts", "Planned contrasts", caption, figure)
    if "methods" in comparison and "seeds" in comparison:
        caption = (
            "Line: mean over tasks. Bar: 95% interval over adaptations. Dots: seeds, where there are several."
        )
        figure = answers.success(comparison["methods"], comparison["seeds"], order)
        yield Drawing("success", "Success by method", caption, figure)


def cost(comparison: Comparison) -> Iterator[Drawing]:
    """Success over seconds, a chart for each unit that was measured, and seconds by phase."""
    if "methods" in comparison and "costs" in comparison:
        rates = comparison["methods"][["method", "success", "low", "high"]]
        joined = rates.merge(comparison["costs"], on="method")
        for unit, label in UNITS.items():
            known = joined[(joined[unit] > 0) & joined["success"].notna()]
            series = {
                row["method"]: Point(3600 * row[unit], row["success"], row["low"], row["high"])
                for row in known.to_dict("records")
            }
            if series:
                caption = "Bars: 95% over adaptations. Dashed: methods that no cheaper one beats."
                figure = curves.against_cost(series, label, comparison.records.methods)
                yield Drawing(f"cost-{unit.partition('_')[0]}", f"Success against {label}", caption, figure)
    if "phases" in comparison:
        yield from _phases(comparison["phases"])


def levels(comparison: Comparison) -> Iterator[Drawing]:
    """Success over level, a chart for each variation; level 0 is the unvaried scene."""
    order = comparison.records.methods
    for variation, mine in _by_level(comparison).groupby("variation", sort=False):
        series = {}
        for name, rows in mine.sort_values("level").groupby("method", sort=False):
            points = [
                Point(*row) for row in rows[["level", "success", "low", "high"]].to_numpy(float).tolist()
            ]
            if points := [point for point in points if not math.isnan(point.y)]:
                series[str(name)] = points
        if series:
            caption = f"{variation}. Level 0: no variation. Bars: 95% over adaptations."
            figure = curves.against_level(series, str(variation), order)
            yield Drawing(f"levels-{variation}", f"Success under {variation}", caption, figure)


def losses(comparison: Comparison) -> Iterator[Drawing]:
    """Training loss of each method over steps."""
    if "losses" in comparison:
        caption = "Mean over the adaptations of each method, smoothed over steps."
        figure = curves.losses(comparison["losses"], comparison.records.methods)
        yield Drawing("losses", "Training loss", caption, figure)


def _phases(frame: pd.DataFrame) -> Iterator[Drawing]:
    """Nothing where no phase was measured."""
    for unit, own in frame.groupby("unit", sort=False):
        names = [
            name for name in map(str, own) if name.endswith("_s") and name != "total_s" and own[name].any()
        ]
        ranked = own.sort_values("total_s", kind="stable").fillna(0.0)
        rows = {row["method"]: [row[name] for name in names] for row in ranked.to_dict("records")}
        if names:
            figure = curves.stacked(rows, [name.removesuffix("_s") for name in names], f"{unit} seconds")
            caption = f"{str(unit).capitalize()} seconds of one adaptation by phase, without demonstrations."
            yield Drawing(f"phases-{unit}", "Seconds of one adaptation", caption, figure)


def _by_level(comparison: Comparison) -> pd.DataFrame:
    """variation, level, method, success, low, high: clean twins at level 0."""
    columns = ["variation", "level", "method", "success", "low", "high"]
    if "robustness" in comparison:
        ends = {"varied": "success", "varied_low": "low", "varied_high": "high"}
        varied = comparison["robustness"].rename(columns=ends)[columns]
    elif "levels" in comparison:
        varied = comparison["levels"][columns].assign(low=math.nan, high=math.nan)
    else:
        return pd.DataFrame(columns=columns)
    if "methods" not in comparison:
        return varied
    unvaried = set(varied.loc[varied["level"] == 0, "variation"])
    nominal = comparison["methods"][["method", "success", "low", "high"]].assign(level=0)
    clean = [nominal.assign(variation=name) for name in varied["variation"].unique() if name not in unvaried]
    return pd.concat([*clean, varied], ignore_index=True)[columns]
