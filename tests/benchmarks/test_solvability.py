"""The table of what the scripted expert solves: rows go to a file as they come, and come back from it."""

from __future__ import annotations

import pytest

from benchmarks import solvability
from harness.core.errors import UserError

ROW = {
    "suite": "libero_spatial",
    "task_id": 3,
    "variation": "embodiment",
    "level": 2,
    "init_id": 0,
    "seed": 1,
    "solved": True,
    "steps": 90,
    "detail": "robot IIWA",
}


def test_rows_come_back_as_they_were_written(tmp_path):
    file = tmp_path / "expert.csv"
    rows = [ROW, ROW | {"seed": 2, "solved": False}, ROW | {"seed": 3, "solved": None, "error": "it fell"}]
    for row in rows:
        solvability.save(file, row)
    found = solvability.recorded(file)
    assert [solvability.identity(row) for row in found] == [solvability.identity(row) for row in rows]
    assert [row["solved"] for row in found] == [True, False, None]
    assert list(solvability.summary(found)) == list(solvability.summary(rows))
    assert "1/2, 1 errors" in "".join(solvability.summary(found))


def test_what_is_in_the_file_is_not_done_again(tmp_path, monkeypatch):
    file, done = tmp_path / "expert.csv", []

    def episode(env, expert, key):
        done.append((key.variation, key.seed))
        return solvability._named(key) | {"solved": True, "steps": 1}

    class Env:
        def close(self):
            pass

    suite = type(solvability.registry.find("suite", "robosuite_lift"))
    monkeypatch.setattr(suite, "make_env", lambda self, *given, **more: Env())
    monkeypatch.setattr(solvability, "episode", episode)
    call = ["--suite", "robosuite_lift", "--episodes", "1", "--out", str(file), "--variations", "lighting:2"]
    assert solvability.main([*call, "--seeds", "0"]) == 0
    assert solvability.main([*call, "--seeds", "0-1"]) == 0
    assert done == [("none", 0), ("lighting", 0), ("none", 1), ("lighting", 1)]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["--suite", "fake"], "no expert solves it"),
        (["--suite", "nope"], "unknown suite 'nope'; known: "),
        (["--suite", "libero_spatial", "--tasks", "99"], "no task 99 in libero_spatial"),
        (["--suite", "libero_spatial", "--tasks", "x"], "--tasks: ids 'x'"),
        (["--suite", "libero_spatial", "--seeds", "x"], "--seeds: ids 'x'"),
        (["--suite", "libero_spatial", "--episodes", "51"], "50 initial states"),
        (["--suite", "libero_spatial", "--episodes", "0"], "at least 1"),
        (["--suite", "libero_spatial", "--episodes", "-3"], "at least 1"),
        (["--suite", "libero_spatial", "--episodes", "nan"], "at least 1"),
    ],
)
def test_bad_input_is_one_line(given, complaint, capsys):
    assert solvability.main(given) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1


def test_another_file_is_left_alone(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="something else than expert episodes"):
        solvability.recorded(file)
