"""Which heads a run selected, as files: maps of their scores, and how far the tasks of a suite share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.core.errors import UserError
from harness.core.files import whole_file
from harness.core.run_paths import RunPaths
from results.records import head_selections
from results.records.head_selections import HeadSelection, by_method_and_stream
from results.render.figures import canvas, head_maps
from results.render.forms import without_formulas
from results.stats import head_overlap


def write(run: Path) -> str:
    """Draw everything into RUN/heads and write RUN/heads.csv; returns what there is to say about it.

    A map of scores for each adaptation; for each method and stream a matrix of overlaps (intersection over
    union of the chosen heads) between adaptations, as PNG and CSV; one table of all heads with their scores.
    Raises UserError where the run selected no heads, and for names that lead out of the run directory.
    """
    paths, everything = RunPaths(run), head_selections.of_run(run)
    if not everything:
        raise UserError(f"{run} holds no heads/*.json; run a method that selects heads, such as steer, first")
    for adapt_id in dict.fromkeys(one.adapt_id for one in everything):
        maps = [one for one in everything if one.adapt_id == adapt_id]
        canvas.save(head_maps.scores(maps), paths.beside_heads(f"{adapt_id}.png"))
    with whole_file(run / "heads.csv") as partial:
        without_formulas(table(everything)).to_csv(partial, index=False)
    lines = [f"{len(everything)} selections; maps in {run / 'heads'}, scores of all heads in heads.csv"]
    for (method, stream), group in by_method_and_stream(everything).items():
        if len(group) > 1:
            table_at, figure_at = (
                paths.beside_heads(f"overlap.{method}.{stream}.{ending}") for ending in ("csv", "png")
            )
            lines.append(_write_overlap(table_at, figure_at, group))
    return "\n".join(lines)


def draw(selection: Mapping[str, Any], path: Path) -> None:
    """Scores of one selection, as harness.heads made it, as a figure (svg, pdf or png). Raises UserError."""
    about = {"adapt_id": path.stem, "method": "", "tasks": (), "seed": 0}
    canvas.save(head_maps.scores(head_selections.parse(selection, about)), path)


def table(everything: Sequence[HeadSelection]) -> pd.DataFrame:
    """One row for each head of each selection; `rank` counts from 1, NaN for heads that were not chosen."""
    rows = []
    for one in everything:
        ranks = {head: place for place, head in enumerate(one.heads, start=1)}
        about = {"adapt_id": one.adapt_id, "method": one.method, "tasks": "-".join(map(str, one.tasks))}
        about |= {"seed": str(one.seed), "stream": one.stream, "selector": one.selector}
        for (layer, head), score in np.ndenumerate(one.scores):
            at = (layer, head)
            rows.append(
                about
                | {"k": one.k, "mse": one.mse, "layer": layer, "head": head, "score": score}
                | {"rank": ranks.get(at), "inert": at in one.inert}
            )
    return pd.DataFrame(rows).astype({"score": float, "rank": float})


def _write_overlap(table_at: Path, figure_at: Path, group: Sequence[HeadSelection]) -> str:
    found = head_overlap.overlaps(group)
    labels = [one.label for one in group]
    with whole_file(table_at) as partial:
        pd.DataFrame(found, labels, labels).to_csv(partial)
    canvas.save(head_maps.overlap(found, labels), figure_at)
    mean, chance = head_overlap.mean_overlap(found), head_overlap.overlap_by_chance(group)
    words = f"{group[0].method}, {group[0].stream}: mean overlap {mean:.2f} (by chance {chance:.2f})"
    return f"{words}, {len(group)} selections"
