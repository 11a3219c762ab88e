"""The command line: quick help, one-line complaints with status 2, nothing computed before them."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from harness import run
from harness.core.errors import UserError
from harness.study.options import parse

FLAGS = (
    *("suite", "method", "policy", "assets", "adapt-per", "preset", "tasks", "demos", "steps", "episodes"),
    *("seeds", "replan", "limit", "workers", "ray-address", "out", "fail-under", "plan", "selector"),
    *("include-dead", "resamples", "recipe", "forgetting", "new", "retry-errors", "timeout"),
    *("engine", "render", "compile"),
)
HEAVY = {"torch", "ray", "mujoco", "robosuite", "pandas", "transformers", "scipy"}
GOOD = ["--suite", "fake", "--policy", "double", "--method", "frozen"]


def test_help_names_every_flag_within_a_second() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = subprocess.run(
        [sys.executable, "-m", "harness.run", "--help"], capture_output=True, text=True, check=True
    ).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
    for flag in FLAGS:
        assert f"--{flag} " in text or f"--{flag}]" in text


def test_bad_input_loads_nothing_heavy() -> None:
    code = (
        "import sys; from harness.run import main; "
        "status = main(['--suite', 'nowhere', '--method', 'frozen']); "
        f"sys.exit(10 * status + len({HEAVY!r} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 20


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        ([], "required: --suite, --method"),
        (["--suite", "libero_moon", "--method", "frozen"], "unknown suite 'libero_moon'; known: fake"),
        ([*GOOD, "--method", "magic"], "unknown method 'magic'; known: all, paper-table, frozen, full"),
        ([*GOOD, "--policy", "pi9"], "unknown policy 'pi9'; known: double"),
        ([*GOOD, "--preset", "huge"], "unknown preset 'huge'; known: smoke, quick, paper"),
        ([*GOOD, "--tasks", "0-9"], "no task 9 in fake; valid: 0 to 3"),
        ([*GOOD, "--tasks", "x"], "task ids 'x' are not of the form 0-9 or 0,3; valid: 0 to 3"),
        ([*GOOD, "--tasks", "3-1"], "task range 3-1 is empty"),
        ([*GOOD, "--seeds", "-1"], "seed ids '-1'"),
        ([*GOOD, "--demos", "0"], "'0' is not a whole number of at least 1"),
        ([*GOOD, "--steps", "many"], "'many' is not a whole number"),
        ([*GOOD, "--batch-size", "0"], "at least 1"),
        ([*GOOD, "--episodes", "51"], "fake has 50 initial states a task"),
        ([*GOOD, "--replan", "9"], "double predicts 8 actions a query"),
        ([*GOOD, "--workers", "0"], "at least 1"),
        ([*GOOD, "--limit", "0"], "at least 1"),
        ([*GOOD, "--fail-under", "80"], "'80' is not a rate from 0 to 1"),
        ([*GOOD, "--adapt-per", "day"], "invalid choice: 'day'"),
        ([*GOOD, "--inference", "psychic"], "invalid choice: 'psychic'"),
        ([*GOOD, "--out", "/proc/nowhere"], "cannot write to /proc/nowhere"),
        ([*GOOD, "--recipe", "soup"], "invalid choice: 'soup'"),
        ([*GOOD, "--sweep", "--demos", "1"], "--sweep holds one of the demonstrations out: give --demos 2"),
        ([*GOOD, "--forgetting", "-1"], "'-1' is not a whole number of at least 0"),
        ([*GOOD, "--num-heads", "7"], "--num-heads 7: double has 2 x 3 heads; ask for at most 6"),
        ([*GOOD, "--selector", "psychic"], "unknown selector 'psychic'; known: ablation"),
        ([*GOOD, "--resamples", "5", "--demos", "3"], "--resamples 5: 3 demonstrations cannot be redrawn"),
        ([*GOOD, "--colour", "red"], "unrecognized arguments: --colour red"),
    ],
)
@pytest.mark.usefixtures("adaptation")
def test_bad_input_is_one_line_and_status_2(
    flags: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(flags) == 2
    output = capsys.readouterr()
    assert complaint in output.err
    assert output.err.count("\n") == 1
    assert output.out == ""


@pytest.mark.usefixtures("adaptation")
def test_plan_runs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    flags = [
        "--method",
        "all",
        "--tasks",
        "1-2",
        "--episodes",
        "4",
        "--demos",
        "5",
        "--plan",
        "--out",
        str(out),
    ]
    assert run.main([*GOOD, *flags]) == 0
    assert not out.exists()
    printed = capsys.readouterr().out
    assert re.search(r"10 demonstrations \(\d+ to be made\), 4 adaptations of 600 steps", printed)
    assert "24 episodes (24 to be run) of at most 40 steps" in printed
    assert "reach the green goal" in printed


def test_flags_are_not_abbreviated() -> None:
    with pytest.raises(UserError, match="unrecognized arguments: --epis 3"):
        parse([*GOOD, "--epis", "3"])
