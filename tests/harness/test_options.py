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
    *("seeds", "replan-steps", "limit", "workers", "ray-address", "out", "fail-under", "junit"),
    *(
        "until-decided",
        "margin",
        "alpha",
        "dry-run",
        "selector",
        "include-inert-heads",
        "stability-splits",
        "recipe",
        "retention-episodes",
        "restart",
    ),
    *("retry-errors", "stall-timeout", "engine", "render", "compile", "lr-sweep", "no-lr-sweep"),
    *("allow-mujoco-mismatch", "variations", "inference", "num-heads", "batch-size"),
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
        assert re.search(rf"--{flag}[ ,]", text)


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
        (
            ["--suite", "libero_moon", "--method", "frozen"],
            "unknown suite 'libero_moon'; known: libero_10, libero_90, libero_goal, ",
        ),
        ([*GOOD, "--method", "magic"], "unknown method 'magic'; known: all, paper-table, frozen, full"),
        ([*GOOD, "--policy", "pi9"], "unknown policy 'pi9'; known: double"),
        ([*GOOD, "--preset", "huge"], "unknown preset 'huge'; known: smoke, quick, paper"),
        ([*GOOD, "--tasks", "0-9"], "no task 9 in fake; valid: 0 to 3"),
        ([*GOOD, "--tasks", "x"], "--tasks: ids 'x' are not of the form 0-9, 0,3 or all"),
        ([*GOOD, "--tasks", "3-1"], "--tasks: range 3-1 is empty"),
        ([*GOOD, "--seeds", "-1"], "--seeds: ids '-1'"),
        ([*GOOD, "--seeds", "all"], "--seeds: there is no end of ids"),
        ([*GOOD, "--demos"], "--demos needs a value"),
        ([*GOOD, "--demos", "--steps", "3"], "--demos needs a value"),
        ([*GOOD, "lora"], "unrecognized arguments: lora"),
        ([*GOOD, "--demos", "0"], "'0' is not a whole number of at least 1"),
        ([*GOOD, "--steps", "many"], "'many' is not a whole number"),
        ([*GOOD, "--batch-size", "0"], "at least 1"),
        ([*GOOD, "--episodes", "51"], "fake has 50 initial states a task"),
        ([*GOOD, "--replan-steps", "9"], "double predicts 8 actions a query"),
        ([*GOOD, "--workers", "0"], "at least 1"),
        ([*GOOD, "--limit", "0"], "at least 1"),
        ([*GOOD, "--fail-under", "80"], "'80' is not a rate from 0 to 1"),
        ([*GOOD, "--adapt-per", "day"], "--adapt-per: 'day' is none of task, suite"),
        ([*GOOD, "--inference", "psychic"], "--inference: 'psychic' is none of auto, worker, server"),
        ([*GOOD, "--out", "/proc/nowhere"], "cannot write to /proc/nowhere"),
        ([*GOOD, "--recipe", "soup"], "--recipe: 'soup' is none of auto, paper, released"),
        (
            [*GOOD, "--lr-sweep", "--demos", "1"],
            "--lr-sweep holds one of the demonstrations out: give --demos 2",
        ),
        ([*GOOD, "--retention-episodes", "-1"], "'-1' is not a whole number of at least 0"),
        ([*GOOD, "--num-heads", "7"], "--num-heads 7: double has 2 x 3 heads; ask for at most 6"),
        ([*GOOD, "--selector", "psychic"], "unknown selector 'psychic'; known: ablation"),
        (
            [*GOOD, "--stability-splits", "5", "--demos", "3"],
            "--stability-splits 5: 3 demonstrations cannot be split",
        ),
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
        "--dry-run",
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
