"""What a study found, at one look: planned contrasts as a forest plot, success of methods with seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from results.render.cells import SEED, points
from results.render.figures import canvas

WIDTH, ROW = 5.0, 0.34
"""Inches of a figure, and of one row of it."""

BESIDE = 0.04
"""Share of the width between the axes and the words beside them."""


def contrasts(frame: pd.DataFrame, order: Sequence[str]) -> Figure:
    """Difference of each planned contrast (rows of the table `contrasts`) with its interval, in points, and
    beside it the share of the cost. Filled: it leaves 0 out. `order` gives methods their colours."""
    drawn, axes = _rows(len(frame))
    axes.axvline(0, color=canvas.SOFT, linewidth=1, zorder=1)
    for row, found in enumerate(frame.to_dict("records")):
        colour = canvas.style(order, found["first"])["color"]
        low, high, value = (100 * found[name] for name in ("difference_low", "difference_high", "difference"))
        decided = not math.isnan(low) and not low <= 0 <= high
        if not math.isnan(low):
            axes.plot([low, high], [row, row], color=colour, linewidth=2, solid_capstyle="butt")
        axes.plot(value, row, "s", color=colour, markersize=7, markerfacecolor=colour if decided else "none")
        words = points(found["difference"])
        if math.isfinite(found["cost_ratio"]):
            words += f" at {found['cost_ratio']:.0%} of cost"
        _beside(axes, row, words)
    axes.set_yticks(
        range(len(frame)), [f"{a} \u2212 {b}" for a, b in zip(frame["first"], frame["second"], strict=True)]
    )
    axes.set_xlabel("difference in success, points")
    reach = max(
        5.0, 100 * float(frame[["difference", "difference_low", "difference_high"]].abs().max().max())
    )
    axes.set_xlim(-1.1 * reach, 1.1 * reach)
    return drawn


def success(methods: pd.DataFrame, seeds: pd.DataFrame, order: Sequence[str]) -> Figure:
    """Success of each method (rows of the tables `methods` and `seeds`), the best on top: mean over tasks,
    its interval as a bar, every seed as a dot."""
    ranked = methods.sort_values("success", ascending=False, kind="stable")
    of_seeds = seeds.set_index("method")
    columns = [name for name in of_seeds if SEED.fullmatch(str(name))]
    drawn, axes = _rows(len(ranked))
    for row, found in enumerate(ranked.to_dict("records")):
        style = canvas.style(order, found["method"])
        if not math.isnan(found["low"]):
            axes.plot([found["low"], found["high"]], [row, row], color=style["color"], linewidth=6, alpha=0.3)
        rates = of_seeds.reindex([found["method"]])[columns].dropna(axis="columns").to_numpy().ravel()
        if len(rates) > 1:
            axes.plot(rates, [row] * len(rates), "o", color=style["color"], markersize=3.5, alpha=0.8)
        axes.plot(found["success"], row, "|", color=style["color"], markersize=15, markeredgewidth=2.5)
        _beside(axes, row, "unknown" if math.isnan(found["success"]) else f"{found['success']:.0%}")
    axes.set_yticks(range(len(ranked)), ranked["method"].tolist())
    axes.set(xlabel="success", xlim=(-0.02, 1.02))
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return drawn


def _rows(count: int) -> tuple[Figure, Axes]:
    """A figure with so many rows, the first on top."""
    drawn = canvas.figure(WIDTH, 0.65 + ROW * count)
    (axes,) = canvas.axes(drawn)
    axes.set_ylim(count - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0, labelcolor=canvas.INK)
    axes.spines["left"].set_visible(False)
    return drawn, axes


def _beside(axes: Axes, row: int, words: str) -> None:
    """Text to the right of the axes."""
    place = axes.get_yaxis_transform()
    axes.text(1 + BESIDE, row, words, transform=place, va="center", color=canvas.INK, fontsize=8.5)
