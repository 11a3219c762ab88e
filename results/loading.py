"""Records of a run as two DataFrames, joined on `adapt_id`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from harness.types import UserError

EPISODE_COLUMNS = (
    "episode_id",
    "adapt_id",
    "suite",
    "task_id",
    "task",
    "instruction",
    "policy",
    "method",
    "variation",
    "level",
    "init_id",
    "seed",
    "status",
    "steps",
    "wall_s",
    "error",
)
ADAPTATION_COLUMNS = (
    "adapt_id",
    "suite",
    "tasks",
    "policy",
    "method",
    "seed",
    "demos",
    "steps",
    "trainable_params",
    "total_params",
    "select_s",
    "train_s",
    "device",
    "gpu_hours",
    "cpu_core_hours",
    "peak_bytes",
    "heads",
)
NUMBERS = (
    "steps",
    "wall_s",
    "env_s",
    "policy_s",
    "demos",
    "trainable_params",
    "total_params",
    "select_s",
    "train_s",
    "load_s",
    "activations_s",
    "checkpoint_s",
    "demo_s",
    "gpu_hours",
    "cpu_core_hours",
    "peak_bytes",
)
"""Columns in which a missing value is NaN, never 0 and never an object."""


def load(path: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`(episodes, adaptations)` of a run directory; of rows with the same key the last one counts.

    Raises UserError where `path` holds no records or a line of them is damaged. A last line without an
    end, as a killed run leaves it, is left out.
    """
    directory = Path(path)
    if not (directory / "episodes.jsonl").exists():
        raise UserError(f"{directory} holds no episodes.jsonl; give a run directory of harness.run")
    episodes = _frame(directory / "episodes.jsonl", EPISODE_COLUMNS, "episode_id")
    adaptations = _frame(directory / "adaptations.jsonl", ADAPTATION_COLUMNS, "adapt_id")
    return episodes, adaptations


def _frame(path: Path, columns: Sequence[str], key: str) -> pd.DataFrame:
    rows = read_lines(path)
    for number, row in enumerate(rows, start=1):
        if key not in row:
            raise UserError(f"{path}, line {number} has no {key}; delete that line to go on")
    frame = pd.DataFrame(rows)
    missing = [column for column in columns if column not in frame.columns]
    frame = frame.reindex(columns=[*frame.columns, *missing])
    for column in frame.columns.intersection(list(NUMBERS)):
        frame[column] = pd.to_numeric(frame[column], errors="coerce")
    return frame.drop_duplicates(key, keep="last").reset_index(drop=True)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Every whole line of a JSONL file; empty where there is no file."""
    if not path.exists():
        return []
    rows = []
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise UserError(f"{path}, line {number} is not a JSON object; delete that line to go on")
        rows.append(row)
    return rows
