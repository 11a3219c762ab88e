"""What variations cost: varied success beside that of clean twins, with intervals over adaptations."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from results.records.runs import Records
from results.stats import robustness as stats
from results.stats.adaptations import Cells, cells
from results.stats.contrasts import holm
from results.stats.headline import Estimate, headline
from results.stats.student import ALPHA, Floats
from results.tables import language
from results.tables.table import Table
from results.tables.twins import pairs, varied

REFERENCE = "lora"
"""The method whose drops the others' are compared with."""

SOLVABLE = 0.8
"""Success of the scripted expert below which a level is not used to judge policies."""

NOTES = (
    "intervals over adaptations at 95%; drop: clean minus varied success on the same scenes, in points; "
    f"retention: varied over clean (Fieller), blank below {stats.RETAINED_FROM:.0%} clean success",
    f"beyond {REFERENCE}: the drop less that of {REFERENCE} (difference in differences), blank where either "
    f"succeeds on fewer than {stats.RETAINED_FROM:.0%} of the clean scenes",
)
DIMENSION_NOTES = (
    "means over levels; area: under success against level, as a share of clean success (1 is no loss)",
    f"verdict: on the drop beyond {REFERENCE}, Holm over all rows that have one",
)
SUMMARY_NOTES = (
    "every dimension counts the same; worst: the largest drop, its interval holds for all dimensions at once "
    "(Bonferroni)",
)


@dataclass(frozen=True)
class Pairs:
    """Varied episodes with their clean twins, as rates of adaptations."""

    frame: pd.DataFrame
    """Pairs that every method of a condition finished, where there are any such."""
    references: Mapping[str, str]
    """Method -> the one whose drops its own are compared with."""

    @cached_property
    def conditions(self) -> pd.DataFrame:
        """variation, level, method in order."""
        return (
            self.frame[["variation", "level", "method"]]
            .drop_duplicates()
            .sort_values(["variation", "level"], kind="stable")
        )

    @cached_property
    def _rates(self) -> tuple[Cells, Cells]:
        keys = self.frame["method"] + "\n" + self.frame["variation"] + "\n" + self.frame["level"].astype(str)
        frame = self.frame.assign(method=keys)
        return cells(frame, "clean"), cells(frame, "won")

    def rates(self, method: str, variation: str, level: int) -> tuple[Floats, Floats]:
        """Clean and varied rates [tasks, seeds] of one condition; NaN where there are none."""
        clean, won = self._rates
        key = f"{method}\n{variation}\n{level}"
        if key not in clean.methods:
            nothing = np.full(clean.values.shape[1:], math.nan)
            return nothing, nothing
        return clean.of(key), won.of(key)

    def over(self, method: str, variation: str, levels: Sequence[int]) -> tuple[Floats, list[Floats]]:
        """Clean rates, averaged over levels, and varied rates of each."""
        found = [self.rates(method, variation, level) for level in levels]
        return np.stack([clean for clean, _ in found]).mean(axis=0), [won for _, won in found]


def tables(records: Records) -> Iterator[Table]:
    """Robustness by level, dimension and method, and obedience to instructions; nothing of a clean run."""
    episodes = records.episodes
    if varied(episodes).empty:
        return
    weak = tuple(unsolvable(records.expert, episodes))
    found = paired(episodes)
    if len(found.frame):
        by_level = levels(found, records.expert)
        yield Table("robustness", "Clean and varied on the same scenes", by_level, (*NOTES, *weak))
        judged = by_level[~(by_level["expert"] < SOLVABLE)]
        notes = (*NOTES, *DIMENSION_NOTES, *weak)
        yield Table("robustness_dimensions", "Robustness by dimension", dimensions(found, judged), notes)
        notes = (*SUMMARY_NOTES, *weak)
        yield Table("robustness_summary", "Robustness over dimensions", summary(found, judged), notes)
    yield language.table(episodes)


def paired(episodes: pd.DataFrame) -> Pairs:
    """Pairs of varied and clean episodes; variations that rightly lead to failure are left out.

    Each condition keeps the scenes that all of its methods finished, where there are any.
    """
    frame = pairs(episodes)
    frame = frame[frame["expects"] != "failure"]
    condition = [frame["variation"], frame["level"]]
    scene = [*condition, *(frame[name] for name in ("suite", "task_id", "seed", "scene_id"))]
    methods = frame["method"].groupby(condition).transform("nunique")
    common = frame["method"].groupby(scene).transform("nunique") == methods
    any_common = common.groupby(condition).transform("any")
    return Pairs(frame[common | ~any_common], references(episodes))


def references(episodes: pd.DataFrame) -> dict[str, str]:
    """Method -> the one whose drops its own are compared with: of several runs' the one of the same run."""
    names = [name for name in ("method", "own_method", "run") if name in episodes]
    shown = episodes[names].drop_duplicates()
    if "own_method" not in shown:
        return dict.fromkeys(shown["method"], REFERENCE)
    known = shown[shown["own_method"] == REFERENCE]
    found = {}
    for method, part in shown.groupby("method", sort=False):
        near = known if known["method"].nunique() == 1 else known[known["run"].isin(part["run"])]
        if not near.empty:
            found[str(method)] = str(near["method"].iloc[0])
    return found


def levels(found: Pairs, expert: Mapping[tuple[str, int], float]) -> pd.DataFrame:
    """One row a dimension, level and method."""
    groups = found.frame.groupby(["variation", "level", "method"], sort=False)
    sizes = groups.agg(quantity=("quantity", "first"), unit=("unit", "first"), pairs=("won", "size"))
    about = dict(zip(sizes.index, sizes.to_dict("records"), strict=True))
    rows = []
    for variation, level, method in found.conditions.itertuples(index=False, name=None):
        clean, won = found.rates(method, variation, level)
        reference = found.references.get(method, "")
        row: dict[Hashable, object] = {"variation": variation, "level": level, "method": method}
        row |= about[variation, level, method]
        row |= _ends("varied", headline(won, bounds=(0.0, 1.0)))
        row |= _ends("retention", stats.retention(clean, won))
        row |= {"clean": headline(clean).value} | _ends("drop", stats.drop(clean, won))
        other = found.rates(reference, variation, level)
        row |= _ends("beyond_lora", _beyond(clean, won, *other, own=method == reference))
        rows.append(row | {"expert": expert.get((variation, level), math.nan)})
    return pd.DataFrame(rows)


def dimensions(found: Pairs, judged: pd.DataFrame) -> pd.DataFrame:
    """One row a dimension and method over its levels, the best first, with one verdict. `judged` has the rows
    of `levels` that the expert can solve."""
    rows = []
    for group, part in judged.groupby(["variation", "method"], sort=False):
        variation, method = map(str, group)
        steps = part["level"].tolist()
        clean, won = found.over(method, variation, steps)
        mean = np.stack(won).mean(axis=0)
        reference = found.references.get(method, "")
        other_clean, other_won = found.over(reference, variation, steps)
        other = (other_clean, np.stack(other_won).mean(axis=0))
        beyond = _beyond(clean, mean, *other, own=method == reference)
        row: dict[Hashable, object] = {"variation": variation, "method": method, "levels": len(part)}
        row["pairs"] = part["pairs"].sum()
        row |= _ends("varied", headline(mean, bounds=(0.0, 1.0)))
        row |= _ends("retention", stats.retention(clean, mean)) | _ends("drop", stats.drop(clean, mean))
        row |= _ends("area", stats.area(clean, won, steps)) | _ends("beyond_lora", beyond)
        rows.append(row | {"p": beyond.p, "why": beyond.reason})
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    order = dict(zip(table["variation"].unique(), range(len(table)), strict=False))
    ranked = table.assign(place=table["variation"].map(order)).sort_values(
        ["place", "varied"], ascending=[True, False], kind="stable"
    )
    return _judged(ranked.drop(columns="place").reset_index(drop=True))


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with Holm's p-values over its rows and a verdict in words."""
    known = table["p"].notna()
    adjusted, _ = holm(table.loc[known, "p"].to_numpy(), ALPHA)
    table.loc[known, "p_holm"] = adjusted
    words = [
        f"no verdict: {row['why']}" * bool(row["why"])
        if math.isnan(row["p_holm"])
        else "no significant difference"
        if row["p_holm"] > ALPHA
        else f"loses {'more' if row['beyond_lora'] > 0 else 'less'} than {REFERENCE}"
        for row in table.to_dict("records")
    ]
    return table.assign(verdict=words).drop(columns=["p", "why"])


def summary(found: Pairs, judged: pd.DataFrame) -> pd.DataFrame:
    """One row a method, the smallest drop first: mean drop over dimensions, each the mean of its levels, and
    the worst dimension."""
    rows = []
    for method, part in judged.groupby("method", sort=False):
        drops = {}
        for variation, own in part.groupby("variation", sort=False):
            clean, won = found.over(str(method), str(variation), own["level"].tolist())
            drops[str(variation)] = clean - np.stack(won).mean(axis=0)
        worst, deepest = stats.worst_drop(drops)
        row = {"method": method, "dimensions": len(drops)} | _ends("mean_drop", stats.mean_drop(drops))
        rows.append(row | {"worst": worst} | _ends("worst_drop", deepest))
    table = pd.DataFrame(rows)
    return table.sort_values("mean_drop", kind="stable", ignore_index=True) if len(table) else table


def _beyond(clean: Floats, won: Floats, other_clean: Floats, other_won: Floats, *, own: bool) -> Estimate:
    """Blank for the reference itself."""
    found = stats.beyond(clean, won, other_clean, other_won)
    nothing = dict.fromkeys(("value", "low", "high", "p"), math.nan)
    return Estimate(**(vars(found) | nothing | {"reason": ""})) if own else found


def _ends(name: str, found: Estimate) -> dict[Hashable, object]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def unsolvable(expert: Mapping[tuple[str, int], float], episodes: pd.DataFrame) -> list[str]:
    """A line that names the levels of `episodes` that say little about policies."""
    used = varied(episodes)[["variation", "level"]].drop_duplicates().sort_values(["variation", "level"])
    rates = {(name, level): expert.get((name, level), 1.0) for name, level in used.itertuples(index=False)}
    names = [f"{name}:{level} ({rate:.0%})" for (name, level), rate in rates.items() if rate < SOLVABLE]
    if not names:
        return []
    return [f"The expert solves less than {SOLVABLE:.0%} of: {', '.join(names)}; left out of the means."]
