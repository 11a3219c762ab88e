"""LIBERO-Plus by dimension and level: how many of how many were run, and success under two wordings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from results.records.runs import Records
from results.tables.rates import counted
from results.tables.table import Table

FILE = Path(__file__).with_name("libero_plus_tasks.csv")
"""Dimension (a letter) and level (1 to 5, 0 for none) of each task in released order, from
`task_classification.json` of github.com/sylvestf/LIBERO-plus at commit 4976dc3."""

SUITES = "libero_plus_"
"""What the names of its suites begin with."""

LETTERS = {
    "camera": "c",
    "robot": "r",
    "language": "l",
    "light": "i",
    "background": "b",
    "noise": "n",
    "layout": "o",
}

RELEASED = "instruction-released"
"""The variation that tells the policy what the released runners tell it."""

NOTES = (
    "run: tasks that ended in success or failure, of all that LIBERO-Plus has; success: with the instruction "
    "cleaned of the numbers in the name of a task",
    f"as released: the released runners' instruction (--variations {RELEASED}), which says numbers of views, "
    "poses and noise in all dimensions but language (LIBERO-plus issues 62, 64, 65)",
    "level: released grades of difficulty; 121 light tasks have none",
)


def tables(records: Records) -> tuple[Table, ...]:
    """By dimension, and by dimension and level; nothing of other suites."""
    episodes = records.episodes
    episodes = episodes[episodes["suite"].str.startswith(SUITES)].drop(columns="level")
    if episodes.empty:  # of most runs: then the 10,030 tasks are not read
        return ()
    released = tasks()[tasks()["suite"].isin(set(episodes["suite"]))]
    episodes = episodes.merge(released, on=["suite", "task_id"], validate="many_to_one")
    episodes["told"] = _told(episodes)
    overall = _rates(episodes.assign(dimension="all"), released.assign(dimension="all"), ["dimension"])
    by_dimension = pd.concat([_rates(episodes, released, ["dimension"]), overall])
    by_level = _rates(episodes, released, ["dimension", "level"])
    return (
        Table("libero_plus", "LIBERO-Plus by dimension", by_dimension.reset_index(drop=True), NOTES),
        Table("libero_plus_levels", "LIBERO-Plus by dimension and level", by_level, NOTES),
    )


@cache
def tasks() -> pd.DataFrame:
    """suite, task_id, dimension and level of all 10,030 tasks."""
    names = {letter: name for name, letter in LETTERS.items()}
    frames = [
        pd.DataFrame(
            {
                "suite": suite,
                "task_id": range(len(levels)),
                "dimension": [names[letter] for letter in letters],
                "level": [int(level) for level in levels],
            }
        )
        for suite, letters, levels in pd.read_csv(FILE, dtype=str).itertuples(index=False, name=None)
    ]
    return pd.concat(frames, ignore_index=True)


def _told(episodes: pd.DataFrame) -> pd.Series:
    """Whether an episode counts as told what the released runners tell: also clean ones of dimension
    `language`, whose instruction is the released one, where any other was told so."""
    told = episodes["variation"] == RELEASED
    if not told.any():
        return told
    return told | ((episodes["variation"] == "none") & (episodes["dimension"] == "language"))


def _rates(episodes: pd.DataFrame, released: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row for each method and kind of task that was run, methods in the order of the records."""
    groups = ["method", *keys]
    clean = counted(episodes[episodes["variation"] == "none"], groups)
    told = counted(episodes[episodes["told"]], groups)[[*groups, "success"]]
    found = clean[[*groups, "episodes", "success", "low", "high"]].rename(columns={"episodes": "run"})
    found = found.merge(released.groupby(keys).size().rename("of").reset_index(), on=keys)
    found = found.merge(told.rename(columns={"success": "as_released"}), on=groups, how="left")
    methods, dimensions = list(episodes["method"].unique()), [*LETTERS, "all"]
    places = found[groups].assign(
        method=found["method"].map(methods.index), dimension=found["dimension"].map(dimensions.index)
    )
    order = places.sort_values(groups).index
    return found.loc[order, [*groups, "run", "of", "success", "low", "high", "as_released"]]
