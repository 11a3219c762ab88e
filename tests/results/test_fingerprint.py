"""What episodes ran on, and the refusal to compare what did not run on the same thing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.errors import UserError
from results.records import fingerprint, runs
from results.tables.comparison import compare


def test_rows_carry_every_field(make_run) -> None:
    read = runs.read([make_run()])
    assert read.episodes["fingerprint"].nunique() == 1
    row = fingerprint.table(read.episodes).iloc[0]
    assert (row["mujoco"], row["robosuite"], row["engine"], row["replan"]) == ("3.3.2", "1.4.0", "fast", "6")
    assert (row["budget"], row["assets"], row["render"]) == ("220", "builtin@856b5b325e5a", "fast")
    assert (row["checkpoint"], row["commit"]) == ("2724dfd744ba", "4e3902e90fc8")
    assert fingerprint.differences(read.episodes) == {}


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("mujoco", {"mujoco": "3.4.0"}),
        ("render", {"render": "exact"}),
        ("assets", {"asset_label": "hub@0123"}),
        ("replan", {"replan": 5}),
        ("budget", {"max_steps": 280}),
        ("checkpoint", {"policy_sha256": "f" * 64}),
        ("commit", {"sessions": [{"commit": "a" * 40, "packages": {}}]}),
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


def without_own_facts(path: Path) -> None:
    """As earlier versions wrote rows: without checkpoint, commit and robosuite."""
    lines = [json.loads(line) for line in (path / "episodes.jsonl").read_text().splitlines()]
    for line in lines:
        for name in ("policy_sha256", "commit", "robosuite"):
            del line[name]
    (path / "episodes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_rows_of_earlier_versions_take_what_the_study_says(make_run) -> None:
    old, new = make_run("old"), make_run("new", methods=("full",))
    without_own_facts(old)
    assert compare([old, new]).mixed == ""


def test_a_commit_that_changed_between_sessions_is_not_hidden(make_run) -> None:
    sessions = [{"commit": letter * 40, "packages": {"robosuite": "1.4.0"}} for letter in "ab"]
    path = make_run(changed={"sessions": sessions})
    assert compare([path]).mixed == "", "rows that say their commit need no guess"
    without_own_facts(path)
    with pytest.raises(UserError, match="commit aaaaaaaaaaaa or bbbbbbbbbbbb"):
        compare([path])


def test_a_crash_before_the_simulation_is_no_other_engine(make_run) -> None:
    read = runs.read([make_run(errors=0.3)])
    assert (read.episodes["status"] == "error").any()
    assert set(read.episodes["on_engine"]) == {"fast"}
