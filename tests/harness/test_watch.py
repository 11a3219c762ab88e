"""Watching a study reads its records and disturbs nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import watch
from harness.console.scoreboard import MAX_ROWS, Scoreboard
from harness.engine.driver import Driver
from harness.engine.observer import Unobserved
from harness.records.demo_store import DemoStore
from harness.records.directory_lock import is_locked
from harness.records.provenance import session_of
from harness.records.run_directory import RunDirectory
from harness.study.study import Study


@pytest.fixture
def run(make_study: Callable[..., Study], store: DemoStore, local_pool: Any, tmp_path: Path) -> Path:
    """A finished study of two methods on two tasks."""
    study = make_study("--method=frozen,lora")
    session = session_of(study.planned(), workers=2) | {"started": "2020-01-01T00:00:00+00:00"}
    directory = RunDirectory(tmp_path / "run", study, lambda: session)
    Driver(study, directory, store, 2).drive(local_pool(study, directory.path, store), Unobserved())
    directory.close()
    return directory.path


def test_how_a_study_stands(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = (run / "episodes.jsonl").read_bytes()
    half = b"".join(records.splitlines(keepends=True)[:7])
    (run / "episodes.jsonl").write_bytes(half + b'{"episode_id": "torn')
    assert watch.main([str(run)]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0].split() == ["task", "frozen", "lora"]
    assert "0 reach the red goal" in text
    assert " of 3" in text
    assert "run: not running; 7 of 12 episodes; " in text
    (run / "episodes.jsonl").write_bytes(records)
    assert watch.main([str(run), "--once"]) == 0
    assert "12 of 12 episodes" in capsys.readouterr().out


def test_what_is_added_is_read_once_and_a_second_try_replaces_an_error(run: Path) -> None:
    watcher = watch.Watcher(run)
    lines = (run / "episodes.jsonl").read_bytes().splitlines(keepends=True)
    (run / "episodes.jsonl").write_bytes(lines[0].replace(b'"failure"', b'"error"') + lines[1][:20])
    watcher.update()
    assert watcher.scoreboard.total().total() == 1
    with (run / "episodes.jsonl").open("ab") as file:
        file.write(lines[1][20:] + lines[0])
    watcher.update()
    assert watcher.scoreboard.total().total() == 2
    assert watcher.scoreboard.total()["error"] == 0


def test_a_driver_is_seen_by_its_lock(run: Path, make_study: Callable[..., Study]) -> None:
    assert not is_locked(run)
    directory = RunDirectory(run, make_study("--method=frozen,lora"), dict)
    assert is_locked(run)
    directory.close()
    assert not is_locked(run)


def test_clocks_that_jump_give_no_pace() -> None:
    start = "1970-01-01T00:01:40+00:00"
    assert watch.pace([90.0, 110.0, 115.0, 120.0], start) == 5.0
    assert watch.pace([110.0, 90.0], start) == 0.0
    assert watch.pace([130.0, 110.0], start) == 0.0
    assert watch.pace([], start) == 0.0


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [("x", "", "is no run directory"), ("study.json", '{"format": 99}', "written by a newer version")],
)
def test_complaints_are_one_line(
    tmp_path: Path, name: str, text: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(text)
    for path in (tmp_path, tmp_path / name):
        assert watch.main([str(path)]) == 2
        errors = capsys.readouterr().err
        assert errors.count("\n") == 1
        assert complaint in errors or path.is_file()


def test_many_tasks_show_those_under_way() -> None:
    scoreboard = Scoreboard({("lora", task): 2 for task in range(90)})
    for task in range(40):
        scoreboard.add("lora", task, "success")
        if task < 35:
            scoreboard.add("lora", task, "failure")
    rows = scoreboard.table({}).splitlines()
    assert [row.split()[0] for row in rows] == ["task", "35", "36", "37", "38", "39", "all"]
    assert rows[1].endswith("1/1 of 2")
    assert rows[-1].endswith("53% 40/75")
    assert len(Scoreboard({("lora", task): 2 for task in range(90)}).table({}).splitlines()) <= MAX_ROWS + 2


def test_a_run_directory_does_not_decide_what_is_imported(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "strange.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w')")
    monkeypatch.syspath_prepend(str(tmp_path))
    settings = json.loads((run / "study.json").read_text())
    settings |= {"suite": "odd", "references": ["suite odd strange:SUITE"]}
    (run / "study.json").write_text(json.dumps(settings))
    assert watch.main([str(run), "--once"]) == 0
    assert "12 of 12 episodes" in capsys.readouterr().out
    assert not (tmp_path / "imported").exists()
