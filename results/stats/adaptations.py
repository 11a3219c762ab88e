"""From episodes to one value per adaptation, the unit that intervals and tests count.

All episodes of one finetuned network share its luck, so that they are one observation of it. Tasks that one
network serves together (`adapt_per` suite) are one stratum for the same reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

JUDGED = {"success": 1.0, "failure": 0.0}
"""An error is neither, and is left out."""

USED = ("method", "suite", "task_id", "seed", "adapt_id", "scene_id", "status", "steps", "max_steps")
"""Columns of episodes that estimates are made of: the others take longest to filter."""

SCENE = ["suite", "task_id", "seed", "scene_id"]


@dataclass(frozen=True)
class Cells:
    """One value per method, stratum and seed."""

    methods: tuple[str, ...]
    strata: tuple[str, ...]
    """A task, or the tasks that are served by one adaptation."""
    seeds: tuple[int, ...]
    values: NDArray[np.float64]
    """[methods, strata, seeds]; NaN where there is no judged episode."""

    def of(self, method: str) -> NDArray[np.float64]:
        """Values of one method [strata, seeds]. Raises ValueError on an unknown method."""
        return self.values[self.methods.index(method)]

    def difference(self, first: str, second: str) -> NDArray[np.float64]:
        """First minus second [strata, seeds], paired by seed; NaN where either is missing.

        Methods share the demonstrations and scenes of a seed, so that what a seed brings cancels out.
        """
        return self.of(first) - self.of(second)


def judged(episodes: pd.DataFrame) -> pd.DataFrame:
    """Episodes that ended in success or failure, with `won` 1 or 0, without what no estimate needs."""
    kept = episodes[[name for name in USED if name in episodes]]
    won = kept["status"].map(JUDGED)
    return kept.assign(won=won)[won.notna()]


def on_common_scenes(episodes: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Judged episodes of `methods` on the scenes that every one of them finished."""
    found = judged(episodes)
    found = found[found["method"].isin(methods)]
    keys = [name for name in SCENE if name in found]
    seen = found.groupby(keys)["method"].transform("nunique")
    return found[seen == len(set(methods))]


def cells(episodes: pd.DataFrame, column: str = "won") -> Cells:
    """Mean of `column` per adaptation; within an adaptation each of its tasks counts the same.

    `episodes` has method, task_id, seed, adapt_id and `column`, maybe suite. Methods and tasks keep the
    order of `episodes`, seeds are sorted.
    """
    by_task = _by_task(episodes, column)
    by_task["stratum"] = by_task["task"].map(strata(by_task))
    keys = ["method", "stratum", "seed"]
    means = by_task.groupby(keys)[column].mean()
    labels = [list(dict.fromkeys(by_task[name])) for name in ("method", "stratum")]
    labels.append(sorted(by_task["seed"].unique()))
    full = means.reindex(pd.MultiIndex.from_product(labels, names=keys))
    values = full.to_numpy(dtype=float).reshape([len(part) for part in labels])
    methods, tasks, seeds = labels
    return Cells(tuple(methods), tuple(tasks), tuple(int(seed) for seed in seeds), values)


def strata(frame: pd.DataFrame) -> dict[str, str]:
    """Task -> name of its stratum: tasks with an adaptation in common are one. `frame` has task, adapt_id."""
    member = {task: {task} for task in dict.fromkeys(frame["task"])}
    pairs = frame[["adapt_id", "task"]].drop_duplicates()
    pairs = pairs[pairs["adapt_id"].duplicated(keep=False)]
    for _, tasks in pairs.groupby("adapt_id", sort=False)["task"]:
        joined = set().union(*(member[task] for task in tasks))
        for task in joined:
            member[task] = joined
    order = list(member)
    return {task: "+".join(sorted(group, key=order.index)) for task, group in member.items()}


def _by_task(episodes: pd.DataFrame, column: str) -> pd.DataFrame:
    """Mean of `column` per adaptation and task, with `task`, a name that differs between suites, too."""
    suite = ["suite"] if "suite" in episodes else []
    keys = ["method", *suite, "task_id", "seed", "adapt_id"]
    frame = episodes.groupby(keys, sort=False)[column].mean().reset_index()
    task = frame["task_id"].astype(str)
    return frame.assign(task=frame["suite"].astype(str) + ":" + task if suite else task)
