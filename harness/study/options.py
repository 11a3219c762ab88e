"""The command line of the main job: the settings of a study, and how this session carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.core.command_line import MOST_WORKERS, default_workers
from harness.core.command_line import parse as parse_command
from harness.core.formats import ADDRESS, number, rate, whole
from harness.core.schema import setting
from harness.core.settings import Settings
from harness.study.presets import PRESETS, preset


@dataclass(frozen=True)
class Execution:
    """How the work is done; nothing here changes a result."""

    preset: str = setting("how much of everything: smoke, quick or paper; flags override it", "quick")
    workers: int = setting(
        "processes", 0, format=whole(1, MOST_WORKERS), default_text="(one a core, at most 8)"
    )
    ray_address: str | None = setting(
        "join a running cluster; its nodes are sent the code and files that they need", None, format=ADDRESS
    )
    out: Path | None = setting("run directory (under results/runs/)", None)
    restart: bool = setting("archive the existing run of the directory and start afresh", False)
    retry_errors: bool = setting("run what ended in an error again", False)
    stall_timeout: int = setting(
        "seconds without progress (a query, a finetuning step, a demonstration) after which a worker is "
        "replaced",
        1800,
        format=whole(1, 10**7),
    )
    fail_under: float | None = setting("exit 1 if a method's success is below", None, format=rate())
    junit: Path | None = setting("also write JUnit XML, for continuous integration", None)
    until_decided: bool = setting(
        "go on seed by seed of --seeds until the first planned contrast is decided", False
    )
    margin: float | None = setting(
        "with --until-decided: rate by which the first method may be worse and be good enough",
        None,
        format=rate(),
    )
    alpha: float = setting(
        "with --until-decided: probability of a wrong decision", 0.05, format=number(above=0, most=0.5)
    )
    dry_run: bool = setting("print cells, episodes, time and what it can detect; run nothing", False)
    allow_mujoco_mismatch: bool = setting("accept another MuJoCo than the pinned one", False)


@dataclass(frozen=True)
class Options(Settings):
    """What was asked for. Values such as `auto` are replaced when the study is resolved."""

    execution: Execution = field(default_factory=Execution)


def parse(argv: Sequence[str]) -> Options:
    """Read the command line; raises UserError, and SystemExit(0) after --help."""
    asked = _parse(PRESETS["quick"], argv)
    return _parse(preset(asked.execution.preset), argv)


def _parse(amount: Settings, argv: Sequence[str]) -> Options:
    return parse_command(
        Options(**vars(amount), execution=Execution(workers=default_workers())),
        argv,
        prog="harness.run",
        description="Adapt a policy to the tasks of a suite by one or more methods, roll it out and print "
        "success and cost. The same command again goes on where the last one stopped.",
    )
