"""What work takes on this machine: from the records of earlier runs, else as measured once."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.keys import CLEAN
from harness.core.record_lines import opened, parsed
from harness.core.records import AdaptationRow, Check, EpisodeRow, checks
from harness.core.run_paths import RunPaths
from harness.core.schema import keys
from harness.core.settings import Settings
from harness.core.terminal import one_line
from harness.forecast.speed import Speed

RUNS_READ, BYTES_READ = 3, 2**20
"""Earlier runs that are read, and how much of the end of their records, a thousand episodes: a study must
not wait for the records of all that ever ran."""

EPISODE, ADAPTATION = (
    {name: check for name, check in checks(kind).items() if not check.about.needed or name == "method"}
    for kind in (EpisodeRow, AdaptationRow)
)
"""What is read of their rows, and what it may be."""

DECISIVE = tuple(keys(Settings, lambda about: about.paces))
"""Settings of a study without which its speeds say nothing about another's."""


def measured(settings: Mapping[str, Any], records: Iterable[Path]) -> Speed:
    """Speeds in the last runs that share the `DECISIVE` ones of a study's settings.

    Typical ones for what they lack. `settings` are as study.json holds them.
    """
    comparable = (run for run in sorted(records, key=_changed, reverse=True) if _comparable(run, settings))
    episodes: list[dict[str, Any]] = []
    trained: list[dict[str, Any]] = []
    for run in islice(comparable, RUNS_READ):
        found = _rows(RunPaths(run).episodes, EPISODE), _rows(RunPaths(run).adaptations, ADAPTATION)
        episodes += [row for row in found[0] if _has(row, "steps", "wall_s", "method")]
        trained += [row for row in found[1] if _has(row, "steps", "wall_s", "demos", "tasks", "method")]
    typical = Speed.step * settings["batch_size"] / 32
    if not episodes:
        return Speed(step=typical)
    own = [max(0.0, row["wall_s"] - (row.get("rebuild_s") or 0.0)) for row in episodes]
    training = [row.get("train_s") or row["wall_s"] for row in trained]
    by_method, by_setting = (
        defaultdict[str, list[float]](list),
        defaultdict[tuple[str, str], list[float]](list),
    )
    for row, seconds in zip(trained, training, strict=True):
        by_method[row["method"]].append(seconds / row["steps"])
    for row, seconds in zip(episodes, own, strict=True):
        by_setting[row["method"], _setting(row)].append(seconds)
    beside = [
        row["wall_s"] - seconds - (row.get("sweep_s") or 0.0)
        for row, seconds in zip(trained, training, strict=True)
    ]
    return Speed(
        control=sum(own) / sum(row["steps"] for row in episodes),
        rebuild=_mean([row["rebuild_s"] for row in episodes if row.get("rebuild_s")], Speed.rebuild),
        demonstration=_mean(
            [row["demo_s"] / (row["demos"] * len(row["tasks"])) for row in trained if row.get("demo_s")],
            Speed.demonstration,
        ),
        load=_mean(beside, Speed.load),
        step=_mean([step for steps in by_method.values() for step in steps], typical),
        steps={method: _mean(steps, 0.0) for method, steps in by_method.items()},
        episodes={name: _mean(taken, 0.0) for name, taken in by_setting.items()},
        source=f"{len(episodes)} episodes of earlier runs",
    )


def _setting(row: Mapping[str, Any]) -> str:
    name, level = row.get("variation") or CLEAN, row.get("level") or 0
    return str(name) if name == CLEAN or ":" in name else f"{name}:{level}"


def _has(row: Mapping[str, Any], *names: str) -> bool:
    """Whether something was done and all of this is known of it."""
    return row.get("status") != "error" and all(row.get(name) for name in names)


def _changed(run: Path) -> float:
    try:
        return run.stat().st_mtime
    except OSError:
        return 0.0


def _comparable(run: Path, settings: Mapping[str, Any]) -> bool:
    path = RunPaths(run).settings
    try:
        if not path.is_file() or path.stat().st_size > BYTES_READ:
            return False
        saved = parsed(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(saved, dict) and all(saved.get(name) == settings[name] for name in DECISIVE)


def _rows(path: Path, wanted: Mapping[str, Check]) -> list[dict[str, Any]]:
    """The last whole lines of a journal; none, with a note, where any of them is damaged.

    It may be anybody's: what serves an estimate only stops no study.
    """
    if not path.exists():
        return []
    try:
        rows = _last(path)
        for row in rows:
            if wrong := [name for name, check in wanted.items() if not check.admits(row.get(name))]:
                raise ValueError(f"{wrong[0]} {row.get(wrong[0])!r}")
            if not isinstance(row.get("tasks", []), list):
                raise ValueError("tasks are no list")
    except (OSError, ValueError, UserError) as error:
        print(one_line(f"no speeds from {path}: {error}", 200), file=sys.stderr)
        return []
    return rows


def _last(path: Path) -> list[dict[str, Any]]:
    """Raises ValueError, UserError or OSError where they cannot be read."""
    if not path.is_file():
        raise ValueError("it is no file")
    with path.open("rb") as file:
        begin = max(0, file.seek(0, os.SEEK_END) - BYTES_READ)
        file.seek(begin)
        lines = file.read().split(b"\n")
    rows = []
    for line in opened(path, lines[bool(begin) : -1]):
        row = parsed(line)
        if not isinstance(row, dict):
            raise ValueError("a line is no JSON object")
        rows.append(row)
    return rows


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default
