"""How often the expert succeeds: python -m benchmarks.expert_check --suite libero_goal --tasks 0-9.

Prints one line per task: successes from official initial states, steps and seconds of the expert with
its physics, and the initial states that failed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.experts.episodes import environment, expert_of, initial_states, tasks_of
from benchmarks.render.backend import rendering_backend
from harness.core import registry
from harness.core.command_line import parse
from harness.core.errors import UserError
from harness.core.ids import IDS
from harness.core.protocols import Expert, Suite
from harness.core.rng import derive_rng
from harness.core.schema import setting, whole

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    suite: str = setting("python -m harness.list suites", "", required=True)
    tasks: tuple[int, ...] = setting("all, or ids as 0-9 or 0,3", (), format=IDS, default_text="(all)")
    episodes: int = setting("initial states per task, spread over all", 10, format=whole(1))
    assets: str = setting("original, builtin, hub or DIR", "builtin")
    noise: bool = setting("disturb the executed actions as DART does", False)
    sampled: bool = setting("sampled placements, as demonstrations have", False)


@dataclass(frozen=True)
class Attempt:
    """One expert episode; `success` is the goal predicate at its end, as the recorder wants it."""

    init_id: int
    success: bool
    steps: int
    seconds: float


def attempt(sim: Simulation, expert: Expert, init_id: int, *, noise: bool, sampled: bool) -> Attempt:
    """Run the expert from an official initial state, or from the sampled placement of that number."""
    from benchmarks.data.recording import ActionNoise

    if sampled:
        sim.load_sampled(derive_rng("check", "placement", init_id))
    else:
        sim.load_official(init_id, derive_rng("check", "fixtures", init_id))
    sim.settle()
    disturb = ActionNoise(derive_rng("check", "noise", init_id))
    begin, steps = time.perf_counter(), 0
    for action in expert.actions(sim, derive_rng("check", "expert", init_id)):
        sim.step(disturb(action) if noise else action)
        steps += 1
    return Attempt(init_id, sim.success(), steps, time.perf_counter() - begin)


def check(
    suite: Suite, task_id: int, assets: str, init_ids: Iterable[int], *, noise: bool, sampled: bool
) -> list[Attempt]:
    """The expert on one task. Raises UserError for a suite without one, and for unknown assets."""
    expert = expert_of(suite)
    with environment(suite, task_id, assets) as env:
        return [attempt(env.sim, expert, number, noise=noise, sampled=sampled) for number in init_ids]


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


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    try:
        given = parse(
            Options(),
            argv,
            prog="benchmarks.expert_check",
            description="Success of the scripted expert by task.",
        )
        for line in lines(given):
            print(line, flush=True)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def lines(given: Options) -> Iterator[str]:
    """One line a task. Raises UserError."""
    from benchmarks.experts.planner import UnknownGoalError

    suite = registry.find("suite", given.suite)
    expert_of(suite)
    init_ids = initial_states(suite, given.episodes)
    tasks = tasks_of(suite, given.tasks)
    os.environ["MUJOCO_GL"] = rendering_backend()
    for task in tasks:
        try:
            attempts = check(
                suite, task.task_id, given.assets, init_ids, noise=given.noise, sampled=given.sampled
            )
            told = describe(attempts)
        except UnknownGoalError as error:
            told = str(error)
        yield f"{suite.name} {task.task_id:2d} {told}"


if __name__ == "__main__":
    sys.exit(main())
