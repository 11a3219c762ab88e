"""Pictures of head selections, without a display."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.core.errors import UserError

CELL = 0.34
"""Inches a head takes."""


def heat_map(path: Path, maps: Mapping[str, Mapping[str, Any]], title: str) -> None:
    """Scores of all heads, one panel for each stream of `maps`, as in heads/*.json; good ones are bright.

    Chosen heads carry their rank; heads that were left out are grey, and those that cannot change the action
    carry a cross.
    """
    shapes = [np.shape(found["scores"]) for found in maps.values()]
    layers, heads = max(shape[0] for shape in shapes), max(shape[1] for shape in shapes)
    width = len(maps) * (heads * CELL + 2.2)
    figure = Figure(figsize=(max(width, 5.0), layers * CELL + 1.6), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=8)
    panels = figure.subplots(1, len(maps), squeeze=False)[0]
    for axes, (stream, found) in zip(panels, maps.items(), strict=True):
        _panel(axes, stream, found)
    _save(figure, path)


def matrix(path: Path, values: NDArray[np.float64], labels: Sequence[str], title: str) -> None:
    """A square matrix of shares from 0 to 1, each written into its cell while there are few."""
    side = max(4.0, len(labels) * CELL * 1.3 + 1.8)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    image = axes.imshow(values, vmin=0, vmax=1, cmap="viridis")
    axes.set_title(title, fontsize=9)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7)
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    if len(labels) <= 20:
        for (row, column), value in np.ndenumerate(values):
            axes.text(column, row, f"{value:.2f}", **_text(float(value)))
    figure.colorbar(image, label="shared heads: intersection over union", shrink=0.8)
    _save(figure, path)


def _panel(axes: Any, stream: str, found: Mapping[str, Any]) -> None:
    scores, better = np.array(found["scores"], float), found.get("better", "lower")
    colours = "viridis" if better == "higher" else "viridis_r"
    image = axes.imshow(np.ma.masked_invalid(scores), cmap=colours, aspect="equal", origin="lower")
    axes.set_facecolor("0.85")
    axes.set_title(f"{stream}, {found['selector']}, k = {found['k']}, mse {found['mse']:.4g}", fontsize=8)
    axes.set(xlabel="head", ylabel="layer", xticks=range(scores.shape[1]), yticks=range(scores.shape[0]))
    axes.tick_params(labelsize=7)
    shades = image.norm(scores) if better == "higher" else 1 - image.norm(scores)
    for rank, (layer, head) in enumerate(found["heads"], start=1):
        axes.text(head, layer, str(rank), fontweight="bold", **_text(float(shades[layer, head])))
    for layer, head in found.get("inert") or ():
        axes.text(head, layer, "×", ha="center", va="center", color="0.5", fontsize=9, zorder=0.5)
    axes.figure.colorbar(image, ax=axes, label=f"score ({better} is better)")


def _save(figure: Figure, path: Path) -> None:
    try:
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; choose another place") from None


def _text(shade: float) -> dict[str, Any]:
    """Light text on the dark end of the colours, dark text on the light end."""
    colour = "black" if shade > 0.6 else "white"
    return {"ha": "center", "va": "center", "color": colour, "fontsize": 7}
