"""The part of a report about attention heads: which ones were chosen, how often, with which scores."""

from __future__ import annotations

import html

import numpy as np

from results.records.runs import Runs
from results.render import charts, grids
from results.render.panels import part
from results.stats import head_overlap

MOST_OVERLAPS = 24
"""Adaptations whose overlaps still fit into one grid."""


def panel(runs: Runs) -> str:
    """How often each head was chosen, how much choices overlap, and the scores of every one."""
    groups: dict[tuple[str, str], list[head_overlap.Selected]] = {}
    for one in head_overlap.read(runs):
        groups.setdefault((one.method, one.stream), []).append(one)
    blocks = [_heads_of(method, stream, found) for (method, stream), found in groups.items()]
    note = '<p class="soft">Rows: layers; columns: heads. A ring marks a chosen head, a stroke one that '
    note += "cannot change the action.</p>"
    return part("heads", "Attention heads", note + "".join(blocks) if blocks else "")


def _heads_of(method: str, stream: str, found: list[head_overlap.Selected]) -> str:
    often = head_overlap.frequency(found)
    rows, columns = [str(row) for row in range(len(often))], [str(head) for head in range(often.shape[1])]
    heading = f"<h3>{html.escape(method)}, {html.escape(stream)} stream</h3>"
    if len(found) == 1:
        return f'{heading}<div class="scroll" tabindex="0">{_scores_of(found[0], rows, columns)}</div>'
    drawing = grids.heat_map(often, f"How often {method} chose each head", rows=rows, columns=columns)
    figures = charts.figure(drawing, f"Chosen in {len(found)} adaptations: darker is more often")
    figures += _overlaps_of(found)
    scores = "".join(_scores_of(one, rows, columns) for one in found)
    summary = "<summary>Scores of every adaptation</summary>"
    return (
        f'{heading}<div class="row scroll" tabindex="0">{figures}</div>'
        f'<details>{summary}<div class="row scroll" tabindex="0">{scores}</div></details>'
    )


def _overlaps_of(found: list[head_overlap.Selected]) -> str:
    table = head_overlap.overlaps(found)
    mean = float(table[~np.eye(len(found), dtype=bool)].mean())
    chance = head_overlap.overlap_by_chance(found)
    words = f"Overlap of two choices (shared / either): mean {mean:.2f}, by chance about {chance:.2f}"
    if len(found) > MOST_OVERLAPS:
        return f"<p>{html.escape(words)}</p>"
    columns = [str(place) for place in range(len(found))]
    rows = [f"{place}: {one.label}" for place, one in enumerate(found)]
    return charts.figure(grids.heat_map(table, words, rows=rows, columns=columns), words)


def _scores_of(one: head_overlap.Selected, rows: list[str], columns: list[str]) -> str:
    low, high = np.nanmin(one.scores), np.nanmax(one.scores)
    shares = 1 - (one.scores - low) / (high - low) if high > low else np.ones_like(one.scores)
    drawing = grids.heat_map(shares, f"Scores of {one.label}", rows=rows, columns=columns, marked=one.heads)
    return charts.figure(drawing, f"{one.label}: darker is a smaller error ({low:.3g} to {high:.3g})")
