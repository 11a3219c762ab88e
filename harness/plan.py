"""What a study will do and how long it will take, before it does anything."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from harness.study import Study
from harness.types import AdaptKey, EpisodeKey


@dataclass(frozen=True)
class Amounts:
    """Pieces of work of each kind."""

    demonstrations: int
    adaptations: int
    episodes: int

    def by_kind(self) -> dict[str, int]:
        """In the order in which the work is done."""
        return dict(vars(self))


@dataclass(frozen=True)
class Costs:
    """Seconds on one core for one piece of work.

    The defaults were measured on one 2.x GHz core with software OpenGL, LIBERO's own meshes reduced,
    two images of 80 pixels and a policy of 3 million parameters.
    """

    demonstrations: float = 4.0
    adaptations: float = 75.0
    episodes: float = 4.0
    source: str = "typical"

    def of(self, kind: str) -> float:
        """Seconds for one piece of `kind`."""
        return float(getattr(self, kind))


STEP_S = 0.22
"""One finetuning step at batch 32 of a 3-million-parameter policy on one core, mean over the methods."""


RUNS_READ, BYTES_READ = 3, 2**20
"""Earlier runs that costs are taken from, and how much of the end of their records, a thousand episodes: a
study must not wait for the records of all that ever ran."""


TIMED = ("steps", "wall_s", "demos", "demo_s", "tasks")
"""What the record of an adaptation says where something was trained."""


def costs_beside(path: Path, study: Study) -> Costs:
    """What the runs in the same folder as `path`, and it itself, tell about costs."""
    return estimate_costs(study, sorted(path.parent.glob("*/")) if path.parent.exists() else [])


def estimate_costs(study: Study, records: Iterable[Path]) -> Costs:
    """Costs measured in the last runs of the same suite and policy where there are any, else typical ones."""
    episodes: list[float | None] = []
    steps: list[float | None] = []
    demos: list[float | None] = []
    comparable = (run for run in sorted(records, key=_changed, reverse=True) if _comparable(run, study))
    for run in islice(comparable, RUNS_READ):
        episodes += [
            row.get("wall_s") for row in _rows(run / "episodes.jsonl") if row.get("status") != "error"
        ]
        for row in _rows(run / "adaptations.jsonl"):
            if row.get("status") == "done" and all(row.get(name) for name in TIMED):
                steps.append(row["wall_s"] / row["steps"])
                demos.append(row["demo_s"] / max(1, row["demos"] * len(row["tasks"])))
    step_s = _mean(steps, STEP_S * study.batch_size / 32)
    return Costs(
        demonstrations=_mean(demos, Costs.demonstrations),
        adaptations=step_s * study.steps,
        episodes=_mean(episodes, Costs.episodes),
        source="earlier runs" if episodes else "typical",
    )


def amounts(cells: Sequence[tuple[AdaptKey, EpisodeKey]]) -> Amounts:
    """How much work the cells are, if nothing has been done yet."""
    adapts = {adapt for adapt, _ in cells}
    demos = {(task, key.seed): key.demos for key in adapts if key.demos for task in key.tasks}
    return Amounts(sum(demos.values()), sum(key.steps > 0 for key in adapts), len(cells))


def planned(cells: Iterable[tuple[AdaptKey, EpisodeKey]]) -> Counter[tuple[str, int]]:
    """Episodes by method and task."""
    return Counter((adapt.method, episode.task_id) for adapt, episode in cells)


def session(study: Study, workers: int) -> dict[str, Any]:
    """What one command set out to do, for those who watch it: workers, and episodes by method and task."""
    amount: dict[str, dict[str, int]] = {}
    for (method, task_id), count in planned(study.cells()).items():
        amount.setdefault(method, {})[str(task_id)] = count
    return {"workers": workers, "planned": amount}


def text(study: Study, costs: Costs, workers: int, path: Path) -> str:
    """The plan as it is printed."""
    cells = list(study.cells())
    total = amounts(cells)
    seconds = sum(count * costs.of(kind) for kind, count in total.by_kind().items()) / workers
    names = study.tasks()
    lines = [f"{study.suite}, policy {study.policy}, assets {study.asset_label}, run directory {path}", ""]
    for method in study.methods:
        for task_id in study.task_ids:
            count = sum(cell.task_id == task_id and adapt.method == method for adapt, cell in cells)
            lines.append(
                f"  {method:<12} task {task_id:<3} {count:>4} episodes  {names[task_id].instruction}"
            )
    if study.variations:
        lines += ["", f"clean, and beside it: {', '.join(study.variations)}"]
    lines += [
        "",
        f"{total.demonstrations} demonstrations (fewer if cached), {total.adaptations} adaptations of "
        f"{study.steps} steps at batch {study.batch_size}, {total.episodes} episodes of at most "
        f"{study.max_steps} steps, {study.replan} actions a query",
        f"about {seconds / 60:.0f} minutes with {workers} workers (from {costs.source} costs)",
    ]
    return "\n".join(lines)


def _changed(run: Path) -> float:
    try:
        return run.stat().st_mtime
    except OSError:
        return 0.0


def _comparable(run: Path, study: Study) -> bool:
    try:
        saved = json.loads((run / "study.json").read_text())
    except (OSError, ValueError):
        return False
    wanted = (study.suite, study.policy, study.batch_size)
    return (saved.get("suite"), saved.get("policy"), saved.get("batch_size")) == wanted


def _rows(path: Path) -> list[dict[str, Any]]:
    """The last whole lines of a journal; none where any of them is damaged."""
    try:
        with path.open("rb") as file:
            begin = max(0, file.seek(0, os.SEEK_END) - BYTES_READ)
            file.seek(begin)
            lines = file.read().split(b"\n")
        rows = [json.loads(line) for line in lines[bool(begin) : -1]]
    except (OSError, ValueError):
        return []
    return [row for row in rows if isinstance(row, dict)]


def _mean(values: Sequence[float | None], default: float) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else default
