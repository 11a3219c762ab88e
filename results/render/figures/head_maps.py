"""Attention heads by layer and index: scores, how often each was chosen, how far choices agree.

Layers rise from the bottom, heads run to the right. Brighter is better, or more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from results.records.head_selections import HeadSelection
from results.render.figures import canvas

CELL = 0.27
"""Inches that a head takes."""

LEFT, BOTTOM, TOP, BAR = 0.5, 0.45, 0.3, 1.0
"""Inches around a panel: names of layers, of heads, the title, the scale of colours."""

MOST_NUMBERS = 20
"""Selections whose overlaps are written into the cells."""


def scores(selections: Sequence[HeadSelection]) -> Figure:
    """Scores of all heads, one panel a stream; chosen heads carry their rank, those that cannot change the
    action a cross, those without a score are blank."""
    shapes = [one.scores.shape for one in selections]
    widths = [LEFT + CELL * shape[1] + BAR for shape in shapes]
    drawn = canvas.figure(sum(widths), BOTTOM + CELL * max(shape[0] for shape in shapes) + TOP, layout=False)
    for place, one in enumerate(selections):
        _scores(drawn, sum(widths[:place]), one)
    return drawn


def frequency(shares: NDArray[np.float64]) -> Figure:
    """Share of the adaptations that chose each head [layers, heads]."""
    layers, heads = shares.shape
    drawn = canvas.figure(LEFT + CELL * heads + BAR, BOTTOM + CELL * layers + TOP, layout=False)
    axes = canvas.panel(drawn, LEFT, BOTTOM, CELL * heads, CELL * layers)
    image = axes.imshow(shares, vmin=0, vmax=1, cmap="viridis", origin="lower", interpolation="none")
    _layers_and_heads(axes, shares.shape)
    _bar(drawn, image, LEFT + CELL * heads, CELL * layers, "share of adaptations")
    return drawn


def overlap(values: NDArray[np.float64], labels: Sequence[str]) -> Figure:
    """Intersection over union of every two selections, written into the cells while there are few."""
    side, margin = CELL * 1.3 * len(labels), 0.3 + 0.07 * max(map(len, labels))
    drawn = canvas.figure(margin + side + BAR, margin + side + TOP, layout=False)
    axes = canvas.panel(drawn, margin, margin, side, side)
    image = axes.imshow(values, vmin=0, vmax=1, cmap="viridis", interpolation="none")
    axes.grid(visible=False)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7)
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    if len(labels) <= MOST_NUMBERS:
        for (row, column), value in np.ndenumerate(values):
            _write(axes, column, row, f"{value:.2f}", float(value))
    _bar(drawn, image, margin + side, side, "intersection over union", bottom=margin)
    return drawn


def goodness(one: HeadSelection) -> NDArray[np.float64]:
    """Scores scaled from 0 (worst) to 1 (best) [layers, heads], whichever direction is better; NaN stays."""
    low, high = np.nanmin(one.scores), np.nanmax(one.scores)
    if not high > low:
        return np.where(np.isnan(one.scores), np.nan, 1.0)
    shares = (one.scores - low) / (high - low)
    return shares if one.higher_is_better else 1 - shares


def describe(one: HeadSelection) -> str:
    """What a map of its scores shows, in words."""
    better = "higher" if one.higher_is_better else "lower"
    return f"{one.label}: brighter is better ({better} scores); chosen: " + " ".join(
        f"{layer}.{head}" for layer, head in one.heads
    )


def _scores(drawn: Figure, left: float, one: HeadSelection) -> None:
    layers, heads = one.scores.shape
    axes = canvas.panel(drawn, left + LEFT, BOTTOM, CELL * heads, CELL * layers)
    better = "higher" if one.higher_is_better else "lower"
    good = goodness(one)
    colours = "viridis" if one.higher_is_better else "viridis_r"
    limits = Normalize(float(np.nanmin(one.scores)), float(np.nanmax(one.scores)))
    image = axes.imshow(
        np.ma.masked_invalid(one.scores), norm=limits, cmap=colours, origin="lower", interpolation="none"
    )
    known = (f"k = {one.k}" if one.k else "", f"mse {one.mse:.4g}" if one.mse is not None else "")
    axes.set_title(
        ", ".join(part for part in (one.stream, one.selector, *known) if part), fontsize=8, loc="left"
    )
    _layers_and_heads(axes, one.scores.shape)
    for rank, (layer, head) in enumerate(one.heads, start=1):
        _write(axes, head, layer, str(rank), float(good[layer, head]), weight="bold")
    if one.inert:
        inert = np.array(sorted(one.inert))
        axes.plot(
            inert[:, 1], inert[:, 0], marker="x", linestyle="", color=canvas.SOFT, markersize=5, zorder=1.5
        )
    _bar(drawn, image, left + LEFT + CELL * heads, CELL * layers, f"score ({better} is better)")


def _bar(
    drawn: Figure, image: AxesImage, left: float, height: float, label: str, *, bottom: float = BOTTOM
) -> None:
    """The scale of colours, to the right of a panel that ends at `left` (all in inches)."""
    where = canvas.panel(drawn, left + 0.15, bottom, 0.12, height)
    bar = drawn.colorbar(image, cax=where, label=label)
    bar.locator = MaxNLocator(5)
    bar.update_ticks()
    where.tick_params(labelsize=7)
    where.grid(visible=False)


def _layers_and_heads(axes: Axes, shape: tuple[int, ...]) -> None:
    axes.set(xlabel="head", ylabel="layer", xticks=range(shape[1]), yticks=range(shape[0]))
    axes.tick_params(labelsize=7)
    axes.grid(visible=False)


def _write(axes: Axes, x: int, y: int, words: str, shade: float, *, weight: str = "normal") -> None:
    """Dark text on the bright end of the colours, light text on the dark end."""
    colour = "#000000" if shade > 0.6 else "#ffffff"
    axes.text(x, y, words, ha="center", va="center", color=colour, fontsize=7, fontweight=weight)
