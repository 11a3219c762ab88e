"""Success of the scripted expert under variations, which `benchmarks.solvability` wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from harness.core.errors import UserError

FILE = "expert.csv"
"""Beside the records of a run."""

NEEDED = ("variation", "level", "solved")


def rates(runs: Sequence[Path]) -> dict[tuple[str, int], float]:
    """Success rate by variation and level over all run directories that hold the file; empty without.

    Raises UserError where a column is missing.
    """
    files = [path for path in (run / FILE for run in runs) if path.exists()]
    if not files:
        return {}
    parts = []
    for path in files:
        parts.append(pd.read_csv(path))
        if missing := set(NEEDED) - set(parts[-1].columns):
            raise UserError(
                f"{path} has no column {sorted(missing)[0]}; write it with benchmarks.solvability"
            )
    rows = pd.concat(parts, ignore_index=True)
    solved = rows["solved"].map({True: 1.0, False: 0.0, "True": 1.0, "False": 0.0})
    means = solved.groupby([rows["variation"], rows["level"]]).mean().dropna()
    levels = means.reset_index(name="rate")
    return dict(zip(zip(levels["variation"], levels["level"], strict=True), levels["rate"], strict=True))
