"""The command that counts what experts solve: bad input, and which episodes it runs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import expert_check
from benchmarks.experts import success_table
from benchmarks.experts.episodes import expert_of, initial_states
from benchmarks.experts.planner import UnknownGoalError, actions
from harness.core import registry
from harness.core.errors import UserError

SPATIAL = ["--suite", "libero_spatial"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["--suite", "nope"], "unknown suite 'nope'; known: "),
        (["--suite", "fake"], "no expert solves it"),
        ([*SPATIAL, "--tasks", "10"], "no task 10 in libero_spatial; valid: 0 to 9"),
        ([*SPATIAL, "--tasks", "nan"], "--tasks: ids 'nan'"),
        ([*SPATIAL, "--tasks", "3-1"], "range 3-1"),
        ([*SPATIAL, "--episodes", "0"], "'0' is not a whole number of at least 1"),
        ([*SPATIAL, "--episodes", "-1"], "'-1' is not a whole number of at least 1"),
        ([*SPATIAL, "--episodes", "nan"], "'nan' is not a whole number"),
        ([*SPATIAL, "--episodes", "51"], "50 initial states"),
        ([*SPATIAL, "--assets", "nowhere"], "no assets 'nowhere'"),
        ([], "--suite"),
    ],
)
def test_bad_input_is_one_line(given, complaint, capsys):
    assert expert_check.main(given) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", [name for name in registry.names("suite") if not name.startswith("fake")])
def test_every_simulated_suite_has_an_expert(name):
    assert callable(expert_of(registry.find("suite", name)).actions)


def test_initial_states_are_spread_over_all():
    suite = registry.find("suite", "libero_spatial")
    assert initial_states(suite, 4) == [0, 12, 25, 37]
    assert initial_states(suite, 50) == list(range(50))
    with pytest.raises(UserError, match="--episodes 51"):
        initial_states(suite, 51)


def test_a_line_names_the_states_that_failed():
    attempts = [expert_check.Attempt(0, True, 90, 1.0), expert_check.Attempt(17, False, 300, 3.0)]
    line = " ".join(expert_check.describe(attempts).split())
    assert line == "1/2 steps 195 (max 300) 2.00 s failed [17]"


def test_a_goal_without_a_motion_is_told_and_the_next_task_goes_on(monkeypatch, capsys):
    def check(suite, task_id, *given, **more):
        if task_id == 0:
            raise UnknownGoalError("the expert cannot achieve 'close'")
        return [expert_check.Attempt(0, True, 90, 1.0)]

    monkeypatch.setattr(expert_check, "check", check)
    assert expert_check.main([*SPATIAL, "--tasks", "0-1", "--episodes", "1"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "libero_spatial  0 the expert cannot achieve 'close'"
    assert "1/1" in second


def test_an_unknown_predicate_is_refused_before_the_first_action():
    sim = SimpleNamespace(goal=[["on", "a", "b"], ["fold", "towel"]])
    known = "on, in, open, close, turnon, turnoff"
    with pytest.raises(UnknownGoalError, match=f"cannot achieve 'fold'; known: {known}"):
        next(actions(sim, np.random.default_rng(0)))


def test_the_table_is_continued_and_measured_anew_by_other_code(monkeypatch, tmp_path, capsys):
    done = []

    def check(suite, task_id, *given, **more):
        done.append(task_id)
        if task_id == 1:
            raise ValueError("no such joint")
        return [expert_check.Attempt(0, True, 90, 1.0), expert_check.Attempt(25, False, 220, 2.0)]

    monkeypatch.setattr(expert_check, "check", check)
    out = tmp_path / "table.csv"
    given = [*SPATIAL, "--episodes", "2", "--out", str(out)]
    assert expert_check.main([*given, "--tasks", "0"]) == 0
    assert expert_check.main([*given, "--tasks", "0-2"]) == 0
    assert done == [0, 1, 2]
    rows = success_table.read(out)
    assert [row["task"] for row in rows] == ["0", "1", "2"]
    measured = {column: rows[0][column] for column in success_table.RESULTS[1:]}
    assert measured == {
        "success": "1",
        "median_steps": "155",
        "max_steps": "220",
        "seconds": "1.50",
        "failed": "25",
        "error": "",
    }
    assert rows[1]["error"] == "ValueError: no such joint"

    monkeypatch.setattr(expert_check, "expert_version", lambda: "other")
    assert expert_check.main([*given, "--tasks", "0"]) == 0
    assert done == [0, 1, 2, 0]
    assert len(success_table.read(out)) == 3
    assert "libero_spatial  0" in capsys.readouterr().out


def test_another_kind_of_table_is_refused(tmp_path, capsys):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert expert_check.main([*SPATIAL, "--out", str(tmp_path / "other.csv")]) == 2
    assert "not a table of expert successes" in capsys.readouterr().err


def test_all_means_the_130_tasks():
    assert sum(len(registry.find("suite", name).tasks) for name in expert_check.ALL) == 130
