"""What designs detect: in a table and as lines of a plan."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from harness import design as command
from results.stats.design import Design, detectable
from results.stats.logit_normal import Spread
from results.tables import planning


def test_the_plan_says_what_the_design_function_says(tmp_path: Path) -> None:
    design = Design(10, 1, 10)
    (line,) = planning.detection(design, 1, tmp_path)
    assert f"a difference of {100 * detectable(design, Spread()):.0f} points" in line
    assert "(assumed)" in line
    (stricter,) = planning.detection(design, 3, tmp_path)
    assert stricter != line


def test_a_design_without_a_verdict_says_so(tmp_path: Path) -> None:
    (line,) = planning.detection(Design(4, 1, 50), 1, tmp_path)
    assert "gives no verdict" in line


def test_records_give_a_spread_of_their_own(make_run) -> None:
    run = make_run(methods=("frozen", "lora", "steer"), tasks=6, episodes=20)
    found = planning.estimated(run)
    assert found is not None
    assert 0 < found.rate < 1
    lines = planning.detection(Design(6, 1, 20), 1, run)
    assert [line.rpartition("(")[2] for line in lines] == ["assumed)", planning.ESTIMATED + ")"]


def test_designs_are_sorted_by_time_and_the_best_are_marked() -> None:
    frame = planning.designs(10, (1, 2), (5, 10, 50), 100.0, 2.5).frame
    assert frame["study_hours"].is_monotonic_increasing
    best = frame[frame["best"] == "yes"]["detectable"]
    assert best.is_monotonic_decreasing
    chosen = frame.query("seeds == 1 and episodes == 10").iloc[0]
    assert chosen["study_hours"] == pytest.approx(2 * 10 * 125 / 3600)
    quicker = frame[(frame["study_hours"] <= chosen["study_hours"]) & (frame["episodes"] != 10)]
    assert (quicker["detectable"] > chosen["detectable"]).all()


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--seeds", "1", "--episodes", "10", "--tasks", "4"]) == 0
    assert "4      1        10" in capsys.readouterr().out
    assert command.main(["--seeds", "0"]) == 2
    assert "'0' is not a whole number of at least 1" in capsys.readouterr().err
    assert math.isnan(planning.designs(4, (1,), (10,), 1.0, 1.0).frame["detectable"][0])
