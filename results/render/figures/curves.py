"""Success against cost and against level, seconds by phase, training losses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, PercentFormatter

from results.render.figures import canvas

WIDTH, HEIGHT = 5.0, 3.3
"""Inches of one figure."""

MOST_LOSSES = 60
"""Points of a loss curve: means of so many groups of steps."""

SMOOTHED = 5
"""Neighbouring points of a loss curve that are averaged."""

LINE = 0.055
"""Share of the height that a line of text takes."""


@dataclass(frozen=True)
class Point:
    """A value with its interval; `low` and `high` may be NaN."""

    x: float
    y: float
    low: float = math.nan
    high: float = math.nan


def against_cost(series: Mapping[str, Point], unit: str, order: Sequence[str]) -> Figure:
    """Success of each method over seconds on a logarithmic axis; dashed: those that no cheaper one beats."""
    drawn, axes = _one()
    best = frontier(list(series.values()))
    if len(best) > 1:
        axes.step(
            [point.x for point in best],
            [point.y for point in best],
            where="post",
            color=canvas.SOFT,
            linestyle=(0, (4, 3)),
            linewidth=1,
            zorder=1,
        )
    low, high = _range([point.x for point in series.values()])
    taken: list[tuple[float, float]] = []
    for name, point in series.items():
        _marked(axes, [point], canvas.style(order, name), line=False)
        share = (math.log10(point.x) - math.log10(low)) / (math.log10(high) - math.log10(low))
        at = free(point.y, share, taken)
        axes.annotate(
            name, (point.x, at), xytext=(7, 0), textcoords="offset points", va="center", color=canvas.INK
        )
    axes.set(xscale="log", xlim=(low, high), xlabel=unit)
    ticks = log_ticks(low, high)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    _success(axes)
    return drawn


def against_level(series: Mapping[str, Sequence[Point]], variation: str, order: Sequence[str]) -> Figure:
    """Success of each method over the levels of a variation, a little apart so that intervals can be seen."""
    drawn, axes = _one()
    for place, (name, points) in enumerate(series.items()):
        shift = (place - (len(series) - 1) / 2) * 0.06
        moved = [Point(point.x + shift, point.y, point.low, point.high) for point in points]
        _marked(axes, moved, canvas.style(order, name), label=name)
    axes.set(xlabel=f"level of {variation}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _success(axes)
    _legend(axes, len(series))
    return drawn


def losses(frame: pd.DataFrame, order: Sequence[str]) -> Figure:
    """Training loss of each method over steps (columns method, adapt_id, step, loss): the mean over its
    adaptations, smoothed over SMOOTHED neighbours; named at the end of its line."""
    drawn, axes = _one()
    ends = {}
    for method, part in frame.groupby("method", sort=False):
        mean = part.groupby("step")["loss"].mean()
        steps, values = _thinned(mean.index.to_numpy(dtype=float)), _smoothed(_thinned(mean.to_numpy()))
        style = canvas.style(order, str(method)) | {"marker": "" if len(steps) > 1 else "o"}
        axes.plot(steps, values, label=str(method), **style)
        ends[str(method)] = float(values[-1])
    axes.set(xlabel="training step", ylabel="training loss", yscale="log")
    ranked = sorted(ends, key=ends.__getitem__, reverse=True)
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    drawn.legend(
        [handles[name] for name in ranked],
        ranked,
        loc="outside right center",
        fontsize=8,
        frameon=False,
        labelcolor=canvas.INK,
    )
    return drawn


def stacked(rows: Mapping[str, Sequence[float]], parts: Sequence[str], unit: str) -> Figure:
    """One bar a name, stacked from parts, with its sum."""
    drawn = canvas.figure(WIDTH, 0.9 + 0.28 * len(rows) + 0.2 * math.ceil(len(parts) / 4))
    (axes,) = canvas.axes(drawn)
    values = np.array(list(rows.values()), dtype=float)
    left = np.zeros(len(rows))
    for place, name in enumerate(parts):
        colour = canvas.PHASE_COLOURS[place % len(canvas.PHASE_COLOURS)]
        axes.barh(range(len(rows)), values[:, place], left=left, color=colour, label=name, height=0.7)
        left += values[:, place]
    for row, total in enumerate(left):
        axes.annotate(
            f"{total:,.1f}", (total, row), xytext=(4, 0), textcoords="offset points", va="center"
        ).set_color(canvas.SOFT)
    axes.set_yticks(range(len(rows)), list(rows), color=canvas.INK)
    axes.set(xlabel=unit, xlim=(0, max(left.max(), 1e-9) * 1.14))
    axes.grid(visible=False, axis="y")
    axes.invert_yaxis()
    _legend(axes, len(parts))
    return drawn


def frontier(points: Sequence[Point]) -> list[Point]:
    """Points that are better than all cheaper ones, by rising cost."""
    best: list[Point] = []
    for point in sorted(points, key=lambda point: (point.x, -point.y)):
        if not best or point.y > best[-1].y:
            best.append(point)
    return best


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten between `low` and `high`, with their multiples by 2 and 5, or 3, where they are few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if len(powers) <= 3 else (1, 3) if len(powers) <= 5 else (1,)
    values = [factor * 10.0**power for power in powers for factor in factors]
    return [float(f"{value:.6g}") for value in values if low <= value <= high]


def free(y: float, x: float, taken: list[tuple[float, float]]) -> float:
    """A height near `y` at which a label beside `x` covers no earlier one; remembers it. All from 0 to 1."""
    for shift in (0, -LINE, LINE, -2 * LINE, 2 * LINE, -3 * LINE, 3 * LINE):
        at = y + shift
        if 0 <= at <= 1 and all(
            abs(at - other) >= LINE * 0.9 or abs(x - near) > 0.3 for near, other in taken
        ):
            taken.append((x, at))
            return at
    return y


def _one() -> tuple[Figure, Axes]:
    drawn = canvas.figure(WIDTH, HEIGHT)
    (axes,) = canvas.axes(drawn)
    return drawn, axes


def _marked(
    axes: Axes, points: Sequence[Point], style: dict[str, Any], *, line: bool = True, label: str = ""
) -> None:
    """Points with their intervals, joined or not."""
    x, y = [point.x for point in points], [point.y for point in points]
    axes.vlines(
        [point.x for point in points if not math.isnan(point.low)],
        [point.low for point in points if not math.isnan(point.low)],
        [point.high for point in points if not math.isnan(point.low)],
        color=style["color"],
        alpha=0.55,
        linewidth=1.4,
    )
    axes.plot(x, y, label=label or None, **(style if line else style | {"linestyle": ""}))


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Ends of a logarithmic axis, with room for the label of the last point."""
    low = min(values) / 1.6
    return low, max(values) * max(3.0, (max(values) / low) ** 0.4)


def _success(axes: Axes) -> None:
    axes.set(ylabel="success", ylim=(-0.03, 1.03))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _legend(axes: Axes, count: int) -> None:
    """Above the drawing, where it covers nothing."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=min(count, 4),
        frameon=False,
        labelcolor=canvas.INK,
        fontsize=8,
        borderaxespad=0.2,
        columnspacing=1.2,
        handlelength=2.4,
    )


def _thinned(values: np.ndarray) -> np.ndarray:
    """Means of at most MOST_LOSSES consecutive groups."""
    groups = np.array_split(values, min(MOST_LOSSES, len(values)))
    return np.array([group.mean() for group in groups])


def _smoothed(values: np.ndarray) -> np.ndarray:
    """Running means of SMOOTHED neighbours, of fewer at the ends."""
    kernel = np.ones(min(SMOOTHED, len(values)))
    return np.convolve(values, kernel, "same") / np.convolve(np.ones(len(values)), kernel, "same")
