"""LIBERO-Plus by dimension and level: what was run of what there is, under both instructions."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from results.tables import libero_plus

SUITE = "libero_plus_spatial"


class Records:
    """Episodes alone."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.episodes = pd.DataFrame(rows)


def row(task_id: int, status: str, variation: str = "none", method: str = "frozen") -> dict[str, Any]:
    return {
        "suite": SUITE,
        "task_id": task_id,
        "method": method,
        "variation": variation,
        "level": 0,
        "status": status,
    }


def of(dimension: str, count: int) -> list[int]:
    known = libero_plus.tasks()
    found = known[(known["suite"] == SUITE) & (known["dimension"] == dimension)]
    return list(found["task_id"])[:count]


def test_all_tasks_are_known() -> None:
    known = libero_plus.tasks()
    sizes = known.groupby("suite", sort=False).size()
    assert list(sizes) == [2402, 2518, 2591, 2519]
    counts = dict(known.groupby("dimension").size())
    assert counts == {
        "camera": 1599,
        "robot": 1550,
        "language": 1537,
        "light": 1142,
        "background": 1076,
        "noise": 1601,
        "layout": 1525,
    }
    assert set(known["level"]) == set(range(6))
    assert list(known[known["level"] == 0]["dimension"].unique()) == ["light"]
    assert (known["level"] == 0).sum() == 121


def test_rates_are_by_dimension_and_both_instructions() -> None:
    camera, noise, language = of("camera", 3), of("noise", 2), of("language", 2)
    rows = [row(camera[0], "success"), row(camera[1], "failure"), row(camera[2], "error")]
    rows += [row(noise[0], "success"), row(noise[1], "success")]
    rows += [row(task_id, "failure", libero_plus.RELEASED) for task_id in (*camera, *noise)]
    rows += [row(language[0], "success"), row(language[1], "failure")]
    by_dimension, by_level = libero_plus.tables(Records(rows))  # type: ignore[arg-type]
    frame = by_dimension.frame.set_index("dimension")
    assert list(frame.index) == ["camera", "language", "noise", "all"]
    assert list(frame["run"]) == [2, 2, 2, 6]
    assert list(frame["of"]) == [376, 390, 351, 2402]
    assert list(frame["success"]) == [0.5, 0.5, 1.0, pytest.approx(4 / 6)]
    assert list(frame["as_released"]) == [0.0, 0.5, 0.0, pytest.approx(1 / 7)]
    assert by_level.frame["run"].sum() == 6
    assert (by_level.frame["run"] <= by_level.frame["of"]).all()


def test_without_the_released_instruction_its_column_is_empty() -> None:
    rows = [row(task_id, "success") for task_id in of("language", 2)]
    frame = libero_plus.tables(Records(rows))[0].frame  # type: ignore[arg-type]
    assert all(math.isnan(value) for value in frame["as_released"])


def test_other_suites_have_no_such_table() -> None:
    assert libero_plus.tables(Records([row(0, "success") | {"suite": "libero_goal"}])) == ()  # type: ignore[arg-type]
