"""What variations cost: every varied episode beside its clean twin, per method, dimension and level.

`python -m results.tables.robustness RUN` writes the tables of a run directory again and prints them.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.errors import UserError
from harness.core.rng import derive_rng
from results.records.loading import load
from results.stats.comparisons import wilson
from results.tables.success import formatted, markdown

REFERENCE = "lora"
"""The method whose drops the others' are compared with."""

RETAINED_FROM = 0.2
"""Clean success below which a share of it says nothing: retention and area are left blank."""

SOLVABLE = 0.8
"""Success of the scripted expert below which a level is not used to judge policies."""

DRAWS = 2000
"""Bootstrap draws of scenes."""

Z95 = 1.959964
WON = {"success": 1.0, "failure": 0.0}


TITLES = {
    "robustness": "Clean and varied on the same scenes",
    "robustness_dimensions": "Robustness by dimension",
    "robustness_summary": "Robustness over dimensions",
    "language": "Does the old task although it is told another, or nothing",
}
"""Name of a table and of its file -> what it shows."""


def write(path: Path) -> str:
    """Save the robustness tables beside the records; the text to print, empty without varied episodes."""
    episodes, _ = load(path)
    expert = expert_rates([path])
    shown = []
    for name, table in tables(episodes, expert).items():
        table.to_csv(path / f"{name}.csv", index=False)
        (path / f"{name}.md").write_text(markdown(pretty(table)))
        shown.append(f"{TITLES[name]}\n{pretty(table).to_string(index=False, max_colwidth=40)}")
    return "\n\n".join([*shown, *unsolvable(expert, episodes)])


def tables(
    episodes: pd.DataFrame,
    expert: Mapping[tuple[str, int], float],
    references: Mapping[str, str] | None = None,
) -> dict[str, pd.DataFrame]:
    """Every table by its name, without empty ones; `references` as in `drops`."""
    if varied(episodes).empty:
        return {}
    cells = drops(episodes, expert, references)
    found = (cells, dimensions(cells), summary(cells), language(episodes))
    return {name: table for name, table in zip(TITLES, found, strict=True) if not table.empty}


def varied(episodes: pd.DataFrame) -> pd.DataFrame:
    """Judged episodes with what they won; an error leaves its pair out."""
    judged = episodes[episodes["status"].isin(WON) & episodes["variation"].notna()]
    judged = judged.assign(won=judged["status"].map(WON))
    for column in ("quantity", "unit", "expects"):
        judged[column] = judged.get(column)
    return judged[judged["variation"] != "none"]


def pairs(episodes: pd.DataFrame) -> pd.DataFrame:
    """Varied episodes with `clean`, what the same method won on the twin; those without one are left out."""
    judged = episodes[episodes["status"].isin(WON)]
    clean = judged[judged["variation"] == "none"]
    twins = clean.assign(clean=clean["status"].map(WON))[["method", *TWIN, "clean"]]
    return varied(episodes).merge(twins, on=["method", *TWIN], validate="many_to_one")


TWIN = ["suite", "task_id", "init_id", "seed"]


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
        low, high = paired_interval(cell["clean"].to_numpy(), cell["won"].to_numpy())
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


def paired_interval(clean: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float]:
    """95% interval of the difference of two paired rates: Bonett and Price 2012, J. Educ. Behav. Stat.
    37:479, a Wald interval with one more discordant pair on either side."""
    count = len(clean)
    lost = (float(((clean == 1) & (after == 0)).sum()) + 1) / (count + 2)
    won = (float(((clean == 0) & (after == 1)).sum()) + 1) / (count + 2)
    half = Z95 * math.sqrt(max(0.0, lost + won - (lost - won) ** 2) / (count + 2))
    return max(-1.0, lost - won - half), min(1.0, lost - won + half)


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


def language(episodes: pd.DataFrame) -> pd.DataFrame:
    """How often a method does the task that it was not asked for: whoever does ignores language."""
    wrong = varied(episodes)
    wrong = wrong[wrong["expects"] == "failure"]
    rows = []
    for (variation, method), cell in wrong.groupby(["variation", "method"], sort=True):
        low, high = wilson(int(cell["won"].sum()), len(cell))
        does = float(cell["won"].mean())
        verdict = "ignores language" if low > 0.5 else "heeds it" if high < 0.5 else "cannot be told"
        rows.append(
            {
                "variation": variation,
                "method": method,
                "episodes": len(cell),
                "does_old_task": does,
                "does_low": low,
                "does_high": high,
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows)


def expert_rates(runs: Sequence[Path]) -> dict[tuple[str, int], float]:
    """Success of the scripted expert by variation and level, from what benchmarks.solvability wrote into
    `expert.csv` of the run directories; empty without."""
    files = [path for path in (run / "expert.csv" for run in runs) if path.exists()]
    if not files:
        return {}
    parts = []
    for path in files:
        parts.append(pd.read_csv(path))
        if missing := {"variation", "level", "solved"} - set(parts[-1].columns):
            raise UserError(
                f"{path} has no column {sorted(missing)[0]}; write it with benchmarks.solvability"
            )
    rows = pd.concat(parts, ignore_index=True)
    solved = rows["solved"].map({True: 1.0, False: 0.0, "True": 1.0, "False": 0.0})
    means = solved.groupby([rows["variation"], rows["level"]]).mean().dropna()
    levels = means.reset_index(name="rate")
    return dict(zip(zip(levels["variation"], levels["level"], strict=True), levels["rate"], strict=True))


def unsolvable(expert: Mapping[tuple[str, int], float], episodes: pd.DataFrame) -> list[str]:
    """A line that names the levels of `episodes` that say little about policies."""
    used = varied(episodes)[["variation", "level"]].drop_duplicates().sort_values(["variation", "level"])
    rates = {(name, level): expert.get((name, level), 1.0) for name, level in used.itertuples(index=False)}
    names = [f"{name}:{level} ({rate:.0%})" for (name, level), rate in rates.items() if rate < SOLVABLE]
    if not names:
        return []
    return [f"The expert solves less than {SOLVABLE:.0%} of: {', '.join(names)}; left out of the means."]


def pretty(table: pd.DataFrame) -> pd.DataFrame:
    """The table as text: rates in percent, drops with their interval in points."""
    shown = table.copy()
    for name, low, high in INTERVALS:
        if name in shown:
            ends = zip(shown[name], shown[low], shown[high], strict=True)
            form = "{:.0f}% [{:.0f}%, {:.0f}%]" if name == "does_old_task" else "{:+.0f} [{:+.0f}, {:+.0f}]"
            shown[name] = [
                "" if math.isnan(mid) else form.format(100 * mid, 100 * lo, 100 * hi) for mid, lo, hi in ends
            ]
            shown = shown.drop(columns=[low, high])
    for name in RATES:
        if name in shown:
            shown[name] = ["" if math.isnan(rate) else f"{rate:.0%}" for rate in shown[name]]
    if "quantity" in shown:
        quantity = zip(shown["quantity"], shown["unit"], strict=True)
        shown["quantity"] = ["" if pd.isna(value) else f"{value:g} {unit}" for value, unit in quantity]
        shown = shown.drop(columns="unit")
    return formatted(shown)


INTERVALS = (
    ("drop", "drop_low", "drop_high"),
    (f"beyond_{REFERENCE}", "beyond_low", "beyond_high"),
    ("does_old_task", "does_low", "does_high"),
)
RATES = (
    *("clean", "varied", "retention", "expert"),
    *("mean_drop", "worst_drop", "mean_beyond", "area", "mean_area"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="results.tables.robustness", description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path, help="run directory of harness.run with --variations")
    try:
        path = parser.parse_args(argv).run
        print(write(path) or f"{path} holds no varied episodes; run harness.run with --variations")
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
