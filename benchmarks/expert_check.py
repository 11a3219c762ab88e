"""How often the expert succeeds: python -m benchmarks.expert_check --suite libero_goal --tasks 0-9.

Prints one line per task: successes from official initial states within the suite's step budget, steps
and seconds of the expert with its physics, and the initial states that failed. With --suite all it goes
through LIBERO's five suites, and with --out it keeps the table in a file and continues it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.experts import success_table
from benchmarks.experts.episodes import environment, expert_of, initial_states, tasks_of
from benchmarks.experts.version import expert_version
from benchmarks.render.backend import rendering_backend
from harness.core import registry
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.files import check_file
from harness.core.formats import ASSETS, whole
from harness.core.ids import IDS
from harness.core.protocols import Expert, Suite
from harness.core.rng import derive_rng
from harness.core.schema import setting

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation


ALL = ("libero_spatial", "libero_object", "libero_goal", "libero_10", "libero_90")
"""What --suite all stands for: LIBERO's 130 tasks."""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    suite: str = setting("python -m harness.list suites, or all of LIBERO", "", required=True)
    tasks: tuple[int, ...] = setting("all, or ids as 0-9 or 0,3", (), format=IDS, default_text="(all)")
    episodes: int = setting("initial states per task, spread over all", 10, format=whole(1))
    assets: str = setting("original, hub or DIR", "original", format=ASSETS)
    noise: bool = setting("disturb the executed actions as DART does", False)
    sampled: bool = setting("sampled placements, as demonstrations have", False)
    out: Path | None = setting("CSV that the rows are kept in; tasks that it has are skipped", None)


@dataclass(frozen=True)
class Attempt:
    """One expert episode; `success` is the goal predicate at its end, as the recorder wants it."""

    init_id: int
    success: bool
    steps: int
    seconds: float


def attempt(
    sim: Simulation, expert: Expert, init_id: int, budget: int, *, noise: bool, sampled: bool
) -> Attempt:
    """Run the expert from an official initial state, or from the sampled placement of that number.

    It ends after `budget` control steps.
    """
    from benchmarks.data.recording import ActionNoise

    if sampled:
        sim.load_sampled(derive_rng("check", "placement", init_id))
    else:
        sim.load_official(init_id, derive_rng("check", "fixtures", init_id))
    sim.settle()
    disturb = ActionNoise(derive_rng("check", "noise", init_id))
    begin, steps = time.perf_counter(), 0
    for action in islice(expert.actions(sim, derive_rng("check", "expert", init_id)), budget):
        sim.step(disturb(action) if noise else action)
        steps += 1
    return Attempt(init_id, sim.success(), steps, time.perf_counter() - begin)


def check(
    suite: Suite, task_id: int, assets: str, init_ids: Iterable[int], *, noise: bool, sampled: bool
) -> list[Attempt]:
    """The expert on one task. Raises UserError for a suite without one, and for unknown assets."""
    expert = expert_of(suite)
    with environment(suite, task_id, assets) as env:
        return [
            attempt(env.sim, expert, number, env.max_steps, noise=noise, sampled=sampled)
            for number in init_ids
        ]


def describe(attempts: Sequence[Attempt]) -> str:
    """What a line of the table says of one task."""
    wins = sum(each.success for each in attempts)
    steps = [each.steps for each in attempts]
    seconds = np.mean([each.seconds for each in attempts])
    failed = [each.init_id for each in attempts if not each.success]
    return (
        f"{wins:3d}/{len(attempts):<3d} steps {np.median(steps):4.0f} (max {max(steps):3d}) "
        f"{seconds:5.2f} s failed {failed}"
    )


@command
def main(argv: Sequence[str] | None) -> int:
    """Command line; returns the exit status."""
    given = parse(
        Options(),
        argv,
        prog="benchmarks.expert_check",
        description="Success of the scripted expert by task.",
    )
    for line in lines(given):
        print(line, flush=True)
    return 0


def lines(given: Options) -> Iterator[str]:
    """One line a task. Raises UserError."""
    names = ALL if given.suite == "all" else (given.suite,)
    suites = [registry.find("suite", name) for name in names]
    for suite in suites:  # bad input is told before the first episode
        expert_of(suite)
        initial_states(suite, given.episodes)
        tasks_of(suite, given.tasks)
    if given.out:
        check_file(given.out)
    rows = success_table.read(given.out) if given.out else []
    os.environ["MUJOCO_GL"] = rendering_backend()
    todo = [(suite, task) for suite in suites for task in tasks_of(suite, given.tasks)]
    for suite, task in todo:
        key = key_of(given, suite, task.task_id)
        if success_table.find(rows, key) is None:
            line, results = measure(given, suite, task.task_id)
            results = {"name": task.name} | results
            row = dict.fromkeys(success_table.COLUMNS, "") | key | results
            if given.out:
                success_table.put(given.out, rows, row)
            yield f"{suite.name} {task.task_id:2d} {line}"


def key_of(given: Options, suite: Suite, task_id: int) -> dict[str, str]:
    """Columns `success_table.KEY`: on what a task is measured."""
    values = (suite.name, task_id, given.assets, given.episodes, given.noise, given.sampled, expert_version())
    return dict(zip(success_table.KEY, map(str, values), strict=True))


def measure(given: Options, suite: Suite, task_id: int) -> tuple[str, dict[str, str]]:
    """What is told of one task, and its columns; a crash is told as one. Raises UserError."""
    from benchmarks.experts.planner import UnknownGoalError

    init_ids = initial_states(suite, given.episodes)
    try:
        attempts = check(suite, task_id, given.assets, init_ids, noise=given.noise, sampled=given.sampled)
    except UnknownGoalError as error:
        return str(error), {"error": str(error)}
    except UserError:
        raise
    except Exception as error:  # The table goes on, and says which task it was.
        told = " ".join(f"{type(error).__name__}: {error}".split())
        return told, {"error": told}
    return describe(attempts), columns(attempts)


def columns(attempts: Sequence[Attempt]) -> dict[str, str]:
    """What the table says of one task."""
    steps = [each.steps for each in attempts]
    return {
        "success": str(sum(each.success for each in attempts)),
        "median_steps": f"{np.median(steps):g}",
        "max_steps": str(max(steps)),
        "seconds": f"{np.mean([each.seconds for each in attempts]):.2f}",
        "failed": " ".join(str(each.init_id) for each in attempts if not each.success),
    }


if __name__ == "__main__":
    sys.exit(main())
