"""The table of speeds and the simulation of capacity; no time is measured here."""

import math

import pytest

from benchmarks import capacity, speed
from benchmarks.capacity import Assumptions, Layout, Queueing
from benchmarks.perf.timing import Row, Timer

COSTS = Assumptions(
    step_s=0.01,
    images_s=0.02,
    start_s=0.1,
    query_s=0.03,
    driver_s=0.0,
    poll_s=0.0,
    latency_s=0.0,
    replan_steps=10.0,
)


def test_a_side_that_is_missing_is_blank_and_never_zero(tmp_path):
    rows = [Row("step", " ms", 12.0, 4.0, "1.3x"), Row("memory", " MiB", math.nan, 400.0, "")]
    text = speed.table(rows)
    assert "| step | 12.0 ms | 4.00 ms | 3.0x | 1.3x |" in text
    assert "| memory |  | 400 MiB |  |  |" in text
    speed.save(rows, tmp_path / "deep" / "speed.csv")
    assert (tmp_path / "deep" / "speed.csv").read_text().splitlines()[1] == "step, ms,12.0,4.0,1.3x"


def test_sides_are_timed_in_turns():
    calls = []
    note = lambda name: lambda: calls.append(name)  # noqa: E731
    seconds = Timer("cpu", 2).turns({"a": (note("prepare"), note("a")), "b": (note("prepare"), note("b"))})
    assert calls == ["prepare", "a", "prepare", "b"] * 2
    assert set(seconds) == {"a", "b"}


def test_all_rows_can_be_asked_for():
    from benchmarks.perf.speed_rows import ROWS

    assert tuple(ROWS) == speed.NAMES


def test_an_unknown_row_is_refused_in_one_line(tmp_path, capsys):
    assert speed.main(["--rows", "step,warp", "--out", str(tmp_path / "s.csv")]) == 2
    assert "unknown row 'warp'; known: all, step" in capsys.readouterr().err


def test_without_servers_workers_do_not_disturb_each_other():
    one, ten = (Queueing(Layout("x", count), COSTS).run(600.0) for count in (1, 10))
    # 150 steps of 10 ms, 15 queries of 50 ms, a start of 100 ms.
    assert one.episodes_per_hour == pytest.approx(3600 / 2.35, rel=0.1)
    assert ten.episodes_per_hour == pytest.approx(10 * one.episodes_per_hour, rel=0.1)
    assert ten.waiting < 0.05


def test_a_server_limits_what_many_workers_reach():
    few, many = (Queueing(Layout("x", count, servers=1), COSTS).run(300.0) for count in (2, 60))
    answers_per_hour = 3600 / (COSTS.server_base_s + 8 * COSTS.server_row_s + COSTS.gather_s) * 8
    assert many.episodes_per_hour == pytest.approx(answers_per_hour / 15.5, rel=0.15)
    assert many.server_busy > 0.9 > few.server_busy
    assert many.waiting > 0.5


def test_one_driver_limits_a_large_cluster():
    slow = Assumptions(**{**vars(COSTS), "driver_s": 0.1})
    throughput = Queueing(Layout("x", 200), slow).run(300.0)
    assert throughput.episodes_per_hour == pytest.approx(36000, rel=0.05)
    assert throughput.driver_busy > 0.95


def test_measured_speeds_replace_the_assumptions(tmp_path, capsys):
    rows = [Row("control step, no camera", " ms", 12, 5, ""), Row("image 128x128, fast", " ms", 60, 6, "")]
    speed.save(rows, tmp_path / "speed.csv")
    costs = capacity.measured(tmp_path / "speed.csv", COSTS)
    assert (costs.step_s, costs.images_s, costs.query_s) == pytest.approx((0.005, 0.012, COSTS.query_s))
    assert capacity.main(["--speed", str(tmp_path / "missing.csv")]) == 2
    assert "python -m benchmarks.speed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["--seconds", "0"], "--seconds: '0' is not a number above 0"),
        (["--seconds", "nan"], "--seconds: 'nan' is not a number above 0"),
        (["--seconds", "0.001"], "give more"),
        (["--steps", "0"], "--steps: '0' is not a number of at least 1"),
        (["--replan-steps", "-6"], "--replan-steps: '-6' is not a number of at least 1"),
        (["--query-s", "inf"], "--query-s: 'inf' is not a number of at least 0"),
        (["--query-s", "x"], "--query-s: 'x' is not a number"),
    ],
)
def test_capacity_of_no_time_or_no_steps_is_refused_in_one_line(given, complaint, capsys):
    assert capacity.main(given) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1
