"""How much luck there is: success by seed, and how success scatters over tasks, adaptations and scenes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from results.stats.headline import headline
from results.stats.variance_components import components
from results.tables.clean import Clean
from results.tables.table import Table

NOTES = (
    "seed: mean over tasks of the adaptations of that seed",
    "spread: standard deviation of success over tasks, over adaptations to one task (takes two seeds), and "
    "over scenes (takes two methods), in points, without the chance of single episodes",
)


def table(clean: Clean) -> Table:
    """One row a method, the best first: success of each seed, and the estimated spread."""
    best_first = sorted(clean.methods, key=lambda name: -headline(clean.rates.of(name)).value)
    rows = [_row(clean, method) for method in best_first]
    return Table("seeds", "Success by seed, and its spread", pd.DataFrame(rows), NOTES)


def _row(clean: Clean, method: str) -> dict[str, object]:
    values = clean.rates.of(method)
    row: dict[str, object] = {"method": method}
    for seed, column in zip(clean.rates.seeds, values.T, strict=True):
        known = column[np.isfinite(column)]
        row[f"seed_{seed}"] = float(known.mean()) if len(known) else math.nan
    found = components(clean.episodes, method).moments
    return row | {
        "task_spread": math.sqrt(found.task),
        "adaptation_spread": math.sqrt(found.adaptation),
        "scene_spread": math.sqrt(found.scene),
    }
