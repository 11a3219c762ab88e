"""Several run directories as one set of records, with a name for every method that is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pandas as pd

from harness.core.errors import UserError
from harness.core.run_paths import RunPaths
from harness.core.schema import Scope, keys
from harness.core.settings import UNTRAINED, Adaptation, Evaluation, PolicyChoice
from results.records import expert, fingerprint
from results.records.loading import load as load_frames
from results.records.loading import read_lines, settings

SAME = tuple(
    key
    for part in (PolicyChoice, Adaptation, Evaluation)
    for key in keys(part, lambda about: about.scope is Scope.IDENTITY)
)
"""Settings in which two runs must agree for a method to be the same one in both."""

OF_THE_ADAPTATION = {
    "steps": "train_steps",
    **{
        name: f"adapt_{name}"
        for name in ("suite", "policy", "asset_label", "status", "error", "wall_s", "device")
    },
}
"""Columns of adaptations that episodes have, too -> what they are called where both are at hand."""

LONGEST_NAME = 20
"""Characters of a directory's name that still fit beside a method's in a table."""


@dataclass(frozen=True)
class RunRecords:
    """One run directory as it was recorded."""

    path: Path
    study: dict[str, Any]
    """study.json; empty where there is none."""
    episodes: pd.DataFrame = field(repr=False)
    adaptations: pd.DataFrame = field(repr=False)
    retention: pd.DataFrame = field(repr=False)
    """Episodes on tasks of the policy's pretraining; empty where none were asked for."""

    @property
    def methods(self) -> list[str]:
        """In the order asked for, then of appearance."""
        present = list(self.episodes["method"].unique())
        return [name for name in dict.fromkeys([*self.study.get("methods", []), *present]) if name in present]


@dataclass(frozen=True)
class Records:
    """What was read of one or more runs. `method` is the name shown, `own_method` the recorded one."""

    runs: tuple[RunRecords, ...]
    episodes: pd.DataFrame = field(repr=False)
    """By method in the order asked for, then suite, task, seed, initial state; `run` counts from 0."""
    adaptations: pd.DataFrame = field(repr=False)
    """Shares run, adapt_id, method, own_method and seed with episodes: `OF_THE_ADAPTATION` is renamed."""
    retention: pd.DataFrame = field(repr=False)
    """Episodes on tasks of the policy's pretraining, as in `RunRecords`."""
    expert: Mapping[tuple[str, int], float] = field(repr=False)
    """Success rate of the scripted expert by variation and level, where benchmarks.solvability wrote it."""

    @property
    def methods(self) -> list[str]:
        """Names shown, in order."""
        return list(self.episodes["method"].unique())

    def films(self, episodes: pd.DataFrame) -> list[Path]:
        """Films that exist of the methods and tasks of `episodes`."""
        kinds = episodes[["run", "own_method", "task_id"]].drop_duplicates()
        paths = [
            RunPaths(self.runs[run].path).video(method, task_id, status)
            for run, method, task_id in kinds.itertuples(index=False, name=None)
            for status in ("success", "failure")
        ]
        return [path for path in paths if path.exists()]

    @cached_property
    def nominal(self) -> pd.DataFrame:
        """Episodes without a variation."""
        return self.episodes[self.episodes["variation"] == "none"]

    @property
    def varied(self) -> pd.DataFrame:
        """Episodes under a variation."""
        return self.episodes[self.episodes["variation"] != "none"]


def load(paths: Sequence[Path]) -> Records:
    """Read run directories. Raises UserError where one cannot be read, is given twice or holds nothing."""
    known: set[Path] = set()
    runs = []
    for path in paths:
        if path.resolve() in known:
            raise UserError(f"{path} is given twice; give each run directory once")
        known.add(path.resolve())
        runs.append(_load(path))
    names = _names(runs)
    order = dict.fromkeys(names[place][method] for place, run in enumerate(runs) for method in run.methods)

    def joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
        named = [_named(frame, names[place], place) for place, frame in enumerate(frames) if len(frame)]
        return pd.concat(named, ignore_index=True) if named else _named(frames[0], {}, 0)

    return Records(
        tuple(runs),
        _ordered(joined([run.episodes for run in runs]), list(order)),
        joined([run.adaptations for run in runs]).rename(columns=OF_THE_ADAPTATION),
        joined([run.retention for run in runs]),
        expert.rates([run.path for run in runs]),
    )


def _load(path: Path) -> RunRecords:
    if not path.is_dir():
        raise UserError(f"{path} is no directory; give a run directory of harness.run")
    study = settings(path)
    episodes, adaptations = load_frames(path)
    if episodes.empty:
        raise UserError(f"{path} holds no finished episode; wait for the study, or leave it out")
    episodes["variation"] = episodes["variation"].fillna("none")
    return RunRecords(path, study, fingerprint.attach(episodes, study), adaptations, _retention(path))


def _retention(path: Path) -> pd.DataFrame:
    """The episodes on pretraining tasks of a run directory.

    An error that was tried again counts as its last try. The policy before adaptation is the same whatever
    the task: each of its scenes counts once.
    """
    rows = pd.DataFrame({row["episode_id"]: row for row in read_lines(RunPaths(path).retention)}.values())
    if rows.empty:
        return pd.DataFrame(columns=["episode_id", "method", "scene_id", "status"])
    return rows[(rows["method"] != UNTRAINED) | ~rows.duplicated(["method", "scene_id"])]


def _names(runs: Sequence[RunRecords]) -> list[dict[str, str]]:
    """Run -> recorded method -> name shown: the method, and the run where several hold different ones."""
    groups: dict[str, list[list[int]]] = {}
    for place, run in enumerate(runs):
        for method in run.methods:
            fitting = (group for group in groups.get(method, []) if _extends(runs, group, place, method))
            group = next(fitting, None)
            if group is None:
                groups.setdefault(method, []).append([place])
            else:
                group.append(place)
    labels = _labels(runs)
    names: list[dict[str, str]] = [{} for _ in runs]
    for method, found in groups.items():
        for group in found:
            shown = method if len(found) == 1 else f"{method} ({labels[group[0]]})"
            for place in group:
                names[place][method] = shown
    return names


def _extends(runs: Sequence[RunRecords], group: Sequence[int], place: int, method: str) -> bool:
    """Whether a run goes on with what a group of runs began: the same settings and no common scene."""
    run = runs[place]
    mine = set(_scenes(run, method))
    return all(
        all(run.study.get(name) == runs[other].study.get(name) for name in SAME)
        and mine.isdisjoint(_scenes(runs[other], method))
        for other in group
    )


def _scenes(run: RunRecords, method: str) -> pd.Series:
    return run.episodes.loc[run.episodes["method"] == method, "scene_id"]


def _labels(runs: Sequence[RunRecords]) -> list[str]:
    """Short and different: names of the directories, else letters (the table of runs explains them)."""
    names = [run.path.resolve().name for run in runs]
    if len(set(names)) == len(names) and all(len(name) <= LONGEST_NAME for name in names):
        return names
    if len(runs) <= len(ascii_uppercase):
        return list(ascii_uppercase[: len(runs)])
    return [f"run {place}" for place in range(1, len(runs) + 1)]


def _named(frame: pd.DataFrame, names: dict[str, str], place: int) -> pd.DataFrame:
    shown = [names.get(method, method) for method in frame["method"]]
    return frame.assign(own_method=frame["method"], method=shown, run=place)


def _ordered(episodes: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Records lie in the order in which workers finished; tables must not depend on it."""
    rank = {name: place for place, name in enumerate(methods)}
    by = ["method", "suite", "task_id", "variation", "level", "seed", "init_id"]
    return episodes.sort_values(
        by, key=lambda column: column.map(rank) if column.name == "method" else column, kind="stable"
    ).reset_index(drop=True)
