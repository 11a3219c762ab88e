"""What episodes ran on, and the refusal to compare what did not run on the same thing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.errors import UserError
from results import compare
from results.records import fingerprint, runs


def test_rows_carry_every_field(make_run) -> None:
    read = runs.load([make_run()])
    assert read.episodes["fingerprint"].nunique() == 1
    row = fingerprint.table(read.episodes).iloc[0]
    assert (row["mujoco"], row["robosuite"], row["engine"]) == ("3.3.2", "1.4.0", "fast")
    assert (row["max_steps"], row["replan_steps"]) == ("220", "6")
    assert (row["asset_label"], row["render"]) == ("original@569a5265439e", "fast")
    assert (row["policy_sha256"], row["source"]) == ("2724dfd744ba", "b5ea2b0d5ba9")
    assert (row["torch"], row["device"], row["gl_renderer"]) == ("2.13.0", "cpu", "llvmpipe")
    assert fingerprint.differences(read.episodes) == {}


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("mujoco", {"mujoco": "3.4.0"}),
        ("render", {"render": "exact"}),
        ("asset_label", {"asset_label": "hub@0123"}),
        ("replan_steps", {"replan_steps": 5}),
        ("max_steps", {"max_steps": 280}),
        ("policy_sha256", {"policy_sha256": "f" * 64}),
        ("source", {"sessions": [{"commit": "a" * 40, "source": "a" * 64, "packages": {}}]}),
    ],
)
def test_each_field_tells_runs_apart(make_run, field: str, changed: dict) -> None:
    paths = [make_run("one"), make_run("two", methods=("lora",), changed=changed)]
    with pytest.raises(UserError, match=f"did not run on the same thing .{field} .*--allow-mixed") as raised:
        compare(paths)
    assert "\n" not in str(raised.value)
    document = compare(paths, allow_mixed=True)
    for table in document.tables:
        assert table.published or (table.notes[0].startswith("MIXED: ") and "mixed" in table.frame)


def test_suites_may_differ_in_their_budget(make_run) -> None:
    goal = make_run("goal", suite="libero_goal", changed={"max_steps": 300})
    assert compare([make_run(), goal]).mixed == ""


def rewritten(path: Path, change: Callable[[int, dict], dict]) -> Path:
    """A run whose episodes say something else."""
    lines = (path / "episodes.jsonl").read_text().splitlines()
    rows = [change(number, json.loads(line)) for number, line in enumerate(lines)]
    (path / "episodes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("field", ["torch", "device", "gl_renderer", "robosuite", "source"])
def test_what_sessions_ran_on_tells_their_episodes_apart(make_run, field: str) -> None:
    path = rewritten(make_run(), lambda number, row: row | {field: "other" if number % 2 else "one"})
    with pytest.raises(UserError, match=f"did not run on the same thing .{field} "):
        compare([path])


def test_a_commit_that_changes_no_code_that_matters_refuses_nothing(make_run) -> None:
    path = rewritten(make_run(), lambda number, row: row | {"commit": str(number % 2) * 40})
    assert compare([path]).mixed == ""
    assert runs.load([path]).episodes["fingerprint"].nunique() == 1


def test_a_crash_before_the_simulation_is_no_other_engine(make_run) -> None:
    read = runs.load([make_run(errors=0.3)])
    assert (read.episodes["status"] == "error").any()
    assert set(read.episodes["engine"]) == {"fast"}
