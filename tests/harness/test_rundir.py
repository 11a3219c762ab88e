"""A run directory holds one study, which may grow but not change."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.rundir import RunDirectory, default_path
from harness.study import Study
from harness.types import UserError


def visit(path: Path, study: Study) -> dict[str, object]:
    RunDirectory(path, study, {"commit": "abc"}).close()
    return dict(json.loads((path / "study.json").read_text()))


def test_other_settings_are_refused_and_shown(make_study: Callable[..., Study], tmp_path: Path) -> None:
    visit(tmp_path, make_study())
    (tmp_path / "episodes.jsonl").write_text('{"episode_id": "e"}\n')
    before = {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    with pytest.raises(UserError, match="replan 4 there, 3 now; steps 5 there, 6 now") as error:
        visit(tmp_path, make_study("--steps=6", "--replan=3"))
    assert "\n" not in str(error.value)
    assert {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before
    visit(tmp_path, make_study())


def test_a_study_grows(make_study: Callable[..., Study], tmp_path: Path) -> None:
    visit(tmp_path, make_study("--method=lora", "--tasks=0", "--episodes=9"))
    grown = visit(tmp_path, make_study("--method=full", "--tasks=1", "--episodes=2"))
    assert grown["methods"] == ["lora", "full"]
    assert grown["task_ids"] == [0, 1]
    assert grown["episodes"] == 9
    assert grown["sessions"] == [{"commit": "abc"}] * 2


def test_strange_directories_are_left_alone(make_study: Callable[..., Study], tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(UserError, match=r"holds thesis.tex and no study.json"):
        visit(tmp_path, make_study())


def test_the_default_directory_follows_from_the_settings(make_study: Callable[..., Study]) -> None:
    first = default_path(make_study())
    assert first == default_path(make_study("--method=lora", "--episodes=7", "--limit=3"))
    assert first != default_path(make_study("--batch-size=3"))
    assert first.name.startswith("fake.double.d4.n5.r4-")
