"""What variations cost: every varied episode beside its clean twin, per method, dimension and level.

`python -m results.robustness RUN` writes the tables of a run directory again and prints them.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.types import UserError, derive_rng
from results.loading import load
from results.statistics import wilson
from results.tables import formatted, markdown

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


def write(path: Path) -> str:
    """Save the robustness tables beside the records; the text to print, empty without varied episodes."""
    episodes, _ = load(path)
    if not (varied(episodes)["variation"]).any():
        return ""
    expert = expert_rates(path / "expert.csv")
    cells = drops(episodes, expert)
    parts = {
        "robustness": ("Clean and varied on the same scenes", cells),
        "robustness_summary": ("Robustness over dimensions", summary(cells)),
        "language": ("Does the old task although it is told another, or nothing", language(episodes)),
    }
    shown = []
    for name, (title, table) in parts.items():
        if table.empty:
            continue
        table.to_csv(path / f"{name}.csv", index=False)
        (path / f"{name}.md").write_text(markdown(pretty(table)))
        shown.append(f"{title}\n{pretty(table).to_string(index=False, max_colwidth=40)}")
    return "\n\n".join([*shown, *unsolvable(cells)])


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


TWIN = ["task_id", "init_id", "seed"]


def drops(episodes: pd.DataFrame, expert: dict[tuple[str, int], float]) -> pd.DataFrame:
    """One row a dimension, level and method: rates of both twins, paired drop with its interval, the share
    retained, the drop beyond the reference method's on the same scenes, and the expert's success.

    Variations that rightly lead to failure are not among them (see `language`).
    """
    paired = pairs(episodes)
    paired = paired[paired["expects"] != "failure"]
    rows = []
    for group, cell in paired.groupby(["variation", "level", "method"], sort=True):
        variation, level, method = str(group[0]), int(cell["level"].iloc[0]), str(group[2])
        clean, after = float(cell["clean"].mean()), float(cell["won"].mean())
        low, high = paired_interval(cell["clean"].to_numpy(), cell["won"].to_numpy())
        other = paired[(paired["variation"] == variation) & (paired["level"] == level)]
        beyond = beyond_reference(cell, other[other["method"] == REFERENCE], f"{variation}{level}{method}")
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
                f"beyond_{REFERENCE}": math.nan if method == REFERENCE else beyond[0],
                "beyond_low": math.nan if method == REFERENCE else beyond[1],
                "beyond_high": math.nan if method == REFERENCE else beyond[2],
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


def expert_rates(path: Path) -> dict[tuple[str, int], float]:
    """Success of the scripted expert by variation and level, from benchmarks.solvability; empty without."""
    if not path.exists():
        return {}
    rows = pd.read_csv(path)
    if missing := {"variation", "level", "solved"} - set(rows.columns):
        raise UserError(f"{path} has no column {sorted(missing)[0]}; write it with benchmarks.solvability")
    solved = rows["solved"].map({True: 1.0, False: 0.0, "True": 1.0, "False": 0.0})
    means = solved.groupby([rows["variation"], rows["level"]]).mean().dropna()
    levels = means.reset_index(name="rate")
    return dict(zip(zip(levels["variation"], levels["level"], strict=True), levels["rate"], strict=True))


def unsolvable(cells: pd.DataFrame) -> list[str]:
    """A line that names the levels that say little about policies."""
    if cells.empty:
        return []
    low = cells[cells["expert"] < SOLVABLE].drop_duplicates(["variation", "level"])
    names = [f"{row.variation}:{row.level} ({row.expert:.0%})" for row in low.itertuples()]
    return (
        [f"The expert solves less than {SOLVABLE:.0%} of: {', '.join(names)}; left out above."]
        if names
        else []
    )


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
RATES = ("clean", "varied", "retention", "expert", "mean_drop", "worst_drop", "mean_area")


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="results.robustness", description=__doc__.partition("\n")[0])
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
