"""Several runs as one: names of methods, order, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UserError
from results.records import runs


def test_methods_keep_the_order_asked_for(make_run) -> None:
    path = make_run(methods=("steer", "frozen", "lora"))
    lines = (path / "episodes.jsonl").read_text().splitlines()
    (path / "episodes.jsonl").write_text("\n".join(reversed(lines)) + "\n")
    read = runs.load([path])
    assert read.methods == ["steer", "frozen", "lora"]
    assert read.episodes["task_id"].head(30).is_monotonic_increasing


def test_the_same_method_at_two_budgets_has_two_names(make_run) -> None:
    read = runs.load([make_run("short", steps=100), make_run("long", methods=("lora", "steer"))])
    assert read.methods == [
        "frozen",
        "lora (short)",
        "steer (short)",
        "lora (long)",
        "steer (long)",
    ]
    assert set(read.adaptations["method"]) == set(read.methods)
    assert set(read.episodes["own_method"]) == {"frozen", "lora", "steer"}


@pytest.mark.parametrize(
    "changed",
    [{"recipe": "paper"}, {"selector": "fisher"}, {"lr_sweep": True}, {"include_inert_heads": True}],
)
def test_methods_that_adapt_otherwise_are_not_merged(make_run, changed: dict) -> None:
    one = make_run("one", methods=("steer",))
    two = make_run("two", methods=("steer",), suite="libero_goal", changed=changed)
    assert runs.load([one, two]).methods == ["steer (one)", "steer (two)"]


def test_runs_that_go_on_with_each_other_are_one(make_run) -> None:
    read = runs.load([make_run("a"), make_run("b", suite="libero_goal")])
    assert read.methods == ["frozen", "lora", "steer"]
    assert read.episodes["suite"].nunique() == 2


def test_long_names_become_letters(make_run) -> None:
    long = "libero_spatial.pi0-small.d20.n600"
    read = runs.load([make_run(f"{long}-1"), make_run(f"{long}-2")])
    assert read.methods[:2] == ["frozen (A)", "lora (A)"]


def test_varied_and_nominal_episodes_are_apart(make_run) -> None:
    read = runs.load([make_run(varied=("lighting",))])
    assert len(read.nominal) == 90
    assert set(read.varied["variation"]) == {"lighting"}


def test_bad_runs_are_refused_in_one_line(make_run, tmp_path: Path) -> None:
    path = make_run()
    (tmp_path / "empty").mkdir()
    waiting = make_run("waiting")
    (waiting / "episodes.jsonl").write_text("")
    for given, complaint in (
        ([tmp_path / "nowhere"], "nowhere is no directory"),
        ([path / "study.json"], "study.json is no directory"),
        ([tmp_path / "empty"], "holds no episodes.jsonl"),
        ([path, path / "."], "is given twice"),
        ([waiting], "holds no finished episode"),
    ):
        with pytest.raises(UserError, match=complaint) as raised:
            runs.load(given)
        assert "\n" not in str(raised.value)
