"""How often the expert succeeds: python -m benchmarks.expert_check --suite libero_goal --tasks 0-9.

Prints one line per task: successes from official initial states, steps and seconds of the expert with
its physics, and the initial states that failed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.data.recording import ActionNoise
from harness.core import registry
from harness.core.rng import derive_rng


@dataclass(frozen=True)
class Outcome:
    """One expert episode; `success` is the goal predicate at its end, as the recorder wants it."""

    init_id: int
    success: bool
    steps: int
    seconds: float


def episode(sim: Any, expert: Any, init_id: int, *, noise: bool, sampled: bool) -> Outcome:
    """Run the expert from an official initial state, or from the sampled placement of that number."""
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
    return Outcome(init_id, sim.success(), steps, time.perf_counter() - begin)


def check(
    suite_name: str, task_id: int, assets: str, init_ids: Sequence[int], *, noise: bool, sampled: bool
) -> list[Outcome]:
    """The expert on one task."""
    suite = registry.find("suite", suite_name)
    folder = "lift" if suite_name == "robosuite_lift" else "libero"
    expert = registry.module(f"benchmarks.experts.{folder}").EXPERT
    env = suite.make_env(task_id, assets=assets, image_size=64, render="fast")
    try:
        return [episode(env.sim, expert, number, noise=noise, sampled=sampled) for number in init_ids]
    finally:
        env.close()


def describe(outcomes: list[Outcome]) -> str:
    """One line of the table."""
    wins = sum(outcome.success for outcome in outcomes)
    steps = [outcome.steps for outcome in outcomes]
    seconds = np.mean([outcome.seconds for outcome in outcomes])
    failed = [outcome.init_id for outcome in outcomes if not outcome.success]
    return (
        f"{wins:3d}/{len(outcomes):<3d} steps {np.median(steps):4.0f} (max {max(steps):3d}) "
        f"{seconds:5.2f} s failed {failed}"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Success of the scripted expert, task by task.")
    parser.add_argument("--suite", required=True)
    parser.add_argument("--tasks", default="0-9", help="such as 0-9 or 0,3")
    parser.add_argument("--episodes", type=int, default=10, help="initial states per task, spread over all")
    parser.add_argument("--assets", default="builtin")
    parser.add_argument("--noise", action="store_true", help="disturb the executed actions as DART does")
    parser.add_argument("--sampled", action="store_true", help="sampled placements, as demonstrations have")
    given = parser.parse_args()
    init_ids = [number * 50 // given.episodes for number in range(given.episodes)]
    for task_id in _numbers(given.tasks):
        outcomes = check(
            given.suite, task_id, given.assets, init_ids, noise=given.noise, sampled=given.sampled
        )
        print(f"{given.suite} {task_id:2d} {describe(outcomes)}", flush=True)


def _numbers(text: str) -> list[int]:
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


if __name__ == "__main__":
    main()
