"""Records of runs as tables with their statistics, in memory, as text, as pages and as figures.

    import results

    records = results.load("results/runs/libero_spatial")
    records.episodes.groupby("method")["status"].value_counts()

    comparison = results.compare(["results/runs/first", "results/runs/second"])
    comparison["methods"][["method", "success", "low", "high"]]

Rooms: `records` (files to frames), `published` (what others measured), `stats` (intervals and tests),
`tables` (frames of results with what must be said about them), `render` (text, HTML, figures). Each imports
those named before it and `harness.core`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from harness.core.run_selection import RunSelection
    from results.records.runs import Records
    from results.tables.comparison import Comparison

__all__ = ["columns", "compare", "compare_selected", "load"]

RunPath = str | Path
"""A run directory of harness.run."""


def load(paths: RunPath | Sequence[RunPath]) -> Records:
    """Read one run directory or several: every file once.

    `records.episodes` has one row an episode (`status` is success, failure or error, a missing number NaN),
    `records.adaptations` one row an adapted policy with its cost. In common they have only the columns that
    identify an adaptation, so that merging them doubles none: what the record of an adaptation calls `steps`,
    `status`, ... is `train_steps`, `adapt_status`, ... there; `columns` says what each is. Of an episode that
    was tried again after an error the last try counts. `method` is unique to a way of adapting: where two
    runs differ in it, the run is part of the name, and `own_method` is the name that was recorded.

        records = results.load("results/runs/libero_spatial")
        records.episodes.merge(records.adaptations)

    Raises harness.core.errors.UserError where a path is no run directory, is given twice, holds no finished
    episode, was written by another version, or has a damaged line.
    """
    from results.records import runs  # pandas takes a second

    return runs.load(_listed(paths))


def compare(
    paths: RunPath | Sequence[RunPath],
    *,
    allow_mixed: bool = False,
    target: float | None = None,
    published: bool = True,
    contrasts: Sequence[tuple[str, str]] = (),
    margin: float | None = None,
) -> Comparison:
    """Every table of `python -m harness.compare`, as frames.

    `allow_mixed` compares episodes that ran on different versions or code all the same and says so on every
    table, `target` (a success rate from 0 to 1) adds what reaching it cost, `published` adds what others
    measured. `contrasts` are the planned ones, (first, second) each, in place of the default; `margin` is the
    rate by which the first may be worse and still be good enough.

    `comparison["tasks"]` is the frame of one table,
    `comparison.tables` all with titles and notes.

        comparison = results.compare("results/runs/libero_spatial", published=False)
        print(comparison.answer)
        print(comparison["contrasts"][["first", "second", "difference", "p_holm", "verdict"]])

    Raises harness.core.errors.UserError as `load` does, for mixed episodes unless they are allowed, and for a
    contrast of a method that the records do not hold.
    """
    from results.tables import comparison
    from results.tables.contrasts import Question

    question = Question(tuple(contrasts), margin)
    return comparison.compare(
        load(paths), allow_mixed=allow_mixed, target=target, published=published, question=question
    )


def compare_selected(asked: RunSelection) -> Comparison:
    """`compare` with what a command line asked for. Raises UserError as it does."""
    return compare(
        asked.runs,
        allow_mixed=asked.allow_mixed,
        target=asked.target,
        published=not asked.no_published,
        contrasts=asked.contrast,
        margin=asked.margin,
    )


def columns() -> pd.DataFrame:
    """The dictionary of all columns: `frame` (episodes, adaptations or tables), `column`, `unit`, `meaning`.

    results.columns().query("column == 'p_holm'")["meaning"].item()
    """
    from results.tables import dictionary

    return dictionary.all_columns()


def _listed(paths: RunPath | Sequence[RunPath]) -> list[Path]:
    return [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
