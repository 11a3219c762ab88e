"""Grids of small cells as inline SVG: outcomes of episodes, scores of attention heads, overlaps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from results.render.charts import svg, text

PITCH, SIDE = 10, 7
"""Pixels from one outcome to the next, and of one."""

CELL = 18
"""Pixels of a cell of a heat map."""

SHADES = 8


def outcomes(lines: Sequence[Mapping[int, str]], columns: Sequence[int], title: str) -> str:
    """Outcomes by initial state, a line for each seed. Success is a full square, failure a hollow one,
    error a cross, an episode that has not run a dot: four paths, however many episodes.
    """
    place = {column: index for index, column in enumerate(columns)}
    paths: dict[str, list[str]] = {"good": [], "bad": [], "broken": [], "axis": []}
    for row, line in enumerate(lines):
        for column, at in place.items():
            x, y = at * PITCH + 1, row * PITCH + 1
            status = line.get(column)
            if status == "success":
                paths["good"].append(f"M{x} {y}h{SIDE}v{SIDE}h-{SIDE}z")
            elif status == "failure":
                paths["bad"].append(f"M{x + 1} {y + 1}h5v5h-5z")
            elif status == "error":
                paths["broken"].append(f"M{x} {y}l{SIDE} {SIDE}m0-{SIDE}l-{SIDE} {SIDE}")
            else:
                paths["axis"].append(f"M{x + 2} {y + 3.5}h3")
    body = "".join(f'<path class="{kind}" d="{"".join(parts)}"/>' for kind, parts in paths.items() if parts)
    width, height = len(columns) * PITCH + 1, max(1, len(lines)) * PITCH + 1
    return svg(body, title, width=width, height=height, fixed=True)


def heat_map(
    shares: NDArray[np.float64],
    title: str,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    marked: Iterable[tuple[int, int]] = (),
    labels: tuple[str, str] = ("", ""),
) -> str:
    """Cells [rows, columns] from 0 (blank) to 1 (full colour), NaN struck out; `marked` ones have a ring."""
    left = 10 + 7 * max(len(row) for row in rows)
    top = 18
    shaded: dict[int, list[str]] = {}
    missing: list[str] = []
    for row, column in np.ndindex(*shares.shape):
        x, y, share = left + column * CELL, top + row * CELL, shares[row, column]
        if math.isnan(share):
            missing.append(f"M{x + 3} {y + CELL - 4}l{CELL - 7} -{CELL - 7}")
        else:
            shaded.setdefault(round(float(share) * SHADES), []).append(
                f"M{x} {y}h{CELL - 1}v{CELL - 1}h-{CELL - 1}z"
            )
    body = [
        f'<path d="{"".join(parts)}" fill="var(--good)" opacity="{max(level, 0.35) / SHADES:.3f}"/>'
        for level, parts in sorted(shaded.items())
    ]
    body.append(f'<path class="tick" d="{"".join(missing)}"/>' if missing else "")
    rings = "".join(
        f"M{left + column * CELL + 1} {top + row * CELL + 1}h15v15h-15z" for row, column in marked
    )
    body.append(f'<path d="{rings}" fill="none" stroke="var(--ink)" stroke-width="2"/>' if rings else "")
    body += [text(left - 5, top + row * CELL + 13, name, anchor="end") for row, name in enumerate(rows)]
    body += [
        text(left + place * CELL + 8, top - 5, name, anchor="middle") for place, name in enumerate(columns)
    ]
    width, height = left + shares.shape[1] * CELL + 4, top + shares.shape[0] * CELL + 20
    words = " ".join(word for word in labels if word)
    body.append(text(left, height - 5, words, soft=True))
    return svg("".join(body), title, width=max(width, left + 6.6 * len(words)), height=height, fixed=True)
