"""What variations cost: every varied episode beside its clean twin, per method, dimension and level."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from harness.core.rng import derive_rng
from results.records.runs import Records
from results.stats.intervals import bonett_price_interval
from results.tables import language
from results.tables.table import Table
from results.tables.twins import TWIN, pairs, varied

REFERENCE = "lora"
"""The method whose drops the others' are compared with."""

RETAINED_FROM = 0.2
"""Clean success below which a share of it says nothing: retention and area are left blank."""

SOLVABLE = 0.8
"""Success of the scripted expert below which a level is not used to judge policies."""

DRAWS = 2000
"""Bootstrap draws of scenes."""

NOTES = (
    "drop: clean minus varied success on the same scenes, in points, interval by Bonett and Price; "
    f"retention: varied over clean, blank below {RETAINED_FROM:.0%}",
    f"beyond {REFERENCE}: the drop less that of {REFERENCE} on the same scenes "
    "(difference in differences), bootstrap over scenes",
)
AREA_NOTE = "area: under success against level, in units of clean success (1 is no loss at any level)"


def tables(records: Records) -> Iterator[Table]:
    """Robustness by level, dimension and method, and obedience to instructions; nothing of a clean run."""
    episodes = records.episodes
    if varied(episodes).empty:
        return
    weak = tuple(unsolvable(records.expert, episodes))
    cells = drops(episodes, records.expert, references(episodes))
    yield Table("robustness", "Clean and varied on the same scenes", cells, (*NOTES, *weak))
    by_dimension = dimensions(cells)
    yield Table("robustness_dimensions", "Robustness by dimension", by_dimension, (AREA_NOTE, *weak))
    counted = "every dimension counts the same"
    yield Table("robustness_summary", "Robustness over dimensions", summary(cells), (counted, *weak))
    yield language.table(episodes)


def references(episodes: pd.DataFrame) -> dict[str, str]:
    """Method -> the one whose drops its own are compared with: of several runs' the one of the same run."""
    shown = episodes[["method", "own_method", "run"]].drop_duplicates()
    known = shown[shown["own_method"] == REFERENCE]
    found = {}
    for method, part in shown.groupby("method", sort=False):
        near = known if known["method"].nunique() == 1 else known[known["run"].isin(part["run"])]
        if len(near):
            found[str(method)] = str(near["method"].iloc[0])
    return found


def drops(
    episodes: pd.DataFrame,
    expert: Mapping[tuple[str, int], float],
    references: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """One row a dimension, level and method: rates of both twins, paired drop with its interval, the share
    retained, the drop beyond the reference method's on the same scenes, and the expert's success.

    Variations that rightly lead to failure are not among them (see `language`). `references` gives the
    reference of each method, which is REFERENCE for all unless it is given.
    """
    paired = pairs(episodes)
    paired = paired[paired["expects"] != "failure"]
    rows = []
    for group, cell in paired.groupby(["variation", "level", "method"], sort=True):
        variation, level, method = str(group[0]), int(cell["level"].iloc[0]), str(group[2])
        clean, after = float(cell["clean"].mean()), float(cell["won"].mean())
        low, high = bonett_price_interval(cell["clean"].to_numpy(), cell["won"].to_numpy())
        reference = REFERENCE if references is None else references.get(method, "")
        other = paired[(paired["variation"] == variation) & (paired["level"] == level)]
        beyond = beyond_reference(cell, other[other["method"] == reference], f"{variation}{level}{method}")
        rows.append(
            {
                "variation": variation,
                "level": level,
                "quantity": cell["quantity"].iloc[0],
                "unit": cell["unit"].iloc[0],
                "method": method,
                "pairs": len(cell),
                "clean": clean,
                "varied": after,
                "drop": clean - after,
                "drop_low": low,
                "drop_high": high,
                "retention": after / clean if clean >= RETAINED_FROM else math.nan,
                f"beyond_{REFERENCE}": math.nan if method == reference else beyond[0],
                "beyond_low": math.nan if method == reference else beyond[1],
                "beyond_high": math.nan if method == reference else beyond[2],
                "expert": expert.get((variation, level), math.nan),
            }
        )
    return pd.DataFrame(rows)


def beyond_reference(cell: pd.DataFrame, other: pd.DataFrame, name: str) -> tuple[float, float, float]:
    """Drop of a method minus that of the reference on scenes that both finished, with a 95% bootstrap
    interval over scenes; NaN without such scenes."""
    both = cell.merge(other, on=TWIN, suffixes=("", "_reference"))
    if both.empty:
        return math.nan, math.nan, math.nan
    own = (both["clean"] - both["won"]).to_numpy()
    theirs = (both["clean_reference"] - both["won_reference"]).to_numpy()
    differences = own - theirs
    draws = derive_rng("robustness", name).integers(len(differences), size=(DRAWS, len(differences)))
    low, high = np.quantile(differences[draws].mean(axis=1), [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)


def dimensions(cells: pd.DataFrame) -> pd.DataFrame:
    """One row a dimension and method over its levels: mean and worst drop, the mean of the drops beyond the
    reference's, and the area under success against level. Unsolvable levels are left out."""
    rows = []
    judged = cells[~(cells["expert"] < SOLVABLE)] if len(cells) else cells
    for (variation, method), part in judged.groupby(["variation", "method"]) if len(judged) else ():
        rows.append(
            {
                "variation": variation,
                "method": method,
                "levels": len(part),
                "pairs": int(part["pairs"].sum()),
                "mean_drop": float(part["drop"].mean()),
                "worst_drop": float(part["drop"].max()),
                "mean_beyond": float(part[f"beyond_{REFERENCE}"].mean()),
                "area": area(part),
            }
        )
    return pd.DataFrame(rows)


def summary(cells: pd.DataFrame) -> pd.DataFrame:
    """One row a method: mean drop over dimensions, each the mean of its levels; the worst dimension; and the
    mean area under success against level, in clean successes. Unsolvable levels are left out."""
    if cells.empty:
        return pd.DataFrame()
    rows = []
    judged = cells[~(cells["expert"] < SOLVABLE)]
    for method, part in judged.groupby("method", sort=False):
        by_dimension = part.groupby("variation")["drop"].mean()
        areas = [area(dimension) for _, dimension in part.groupby("variation")]
        rows.append(
            {
                "method": method,
                "dimensions": len(by_dimension),
                "mean_drop": float(by_dimension.mean()),
                "worst_drop": float(by_dimension.max()),
                "worst": by_dimension.idxmax(),
                "mean_area": float(np.nanmean(areas)) if np.isfinite(areas).any() else math.nan,
            }
        )
    return pd.DataFrame(rows)


def area(dimension: pd.DataFrame) -> float:
    """Area under success against level from 0 to the highest, divided by that of unchanged success."""
    clean = float(dimension["clean"].mean())
    if clean < RETAINED_FROM:
        return math.nan
    levels = [0.0, *dimension.sort_values("level")["level"].astype(float)]
    rates = [clean, *dimension.sort_values("level")["varied"]]
    return float(np.trapezoid(rates, levels) / (levels[-1] * clean)) if levels[-1] else math.nan


def unsolvable(expert: Mapping[tuple[str, int], float], episodes: pd.DataFrame) -> list[str]:
    """A line that names the levels of `episodes` that say little about policies."""
    used = varied(episodes)[["variation", "level"]].drop_duplicates().sort_values(["variation", "level"])
    rates = {(name, level): expert.get((name, level), 1.0) for name, level in used.itertuples(index=False)}
    names = [f"{name}:{level} ({rate:.0%})" for (name, level), rate in rates.items() if rate < SOLVABLE]
    if not names:
        return []
    return [f"The expert solves less than {SOLVABLE:.0%} of: {', '.join(names)}; left out of the means."]
