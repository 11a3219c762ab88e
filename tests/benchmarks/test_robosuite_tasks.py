"""robosuite's own tasks: initial states, goals by robosuite itself, experts, other arms."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from benchmarks.sim.robosuite_binding import goal_holds
from harness.core import registry
from harness.core.keys import EpisodeKey
from harness.core.rng import derive_rng

TASKS = ("robosuite_stack", "robosuite_can", "robosuite_square", "robosuite_door")


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_the_expert_succeeds_from_twenty_placements(name: str) -> None:
    suite = registry.find("suite", name)
    env = suite.make_env(0, assets="original", image_size=32, render="fast", engine="fast")
    failed = []
    for init_id in range(20):
        env.begin(EpisodeKey("any", name, 0, init_id, 0))
        actions = suite.expert.actions(env.sim, derive_rng("expert", init_id))  # type: ignore
        if not any(env.advance(action) for _, action in zip(range(suite.max_steps), actions, strict=False)):
            failed.append(init_id)
        assert env.sim.success() == goal_holds(env.sim.env)  # type: ignore
    env.close()
    assert len(failed) <= 1, f"initial states {failed}"


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS[:3])
def test_another_arm_does_it_too(name: str) -> None:
    suite = registry.find("suite", name)
    env = suite.make_env(0, assets="original", image_size=32, render="fast", engine="fast")
    won = 0
    for init_id in range(2):
        env.begin(EpisodeKey("any", name, 0, init_id, 0, "embodiment", 2))
        assert "robot" in env.sim.changes  # type: ignore
        actions = suite.expert.actions(env.sim, derive_rng("expert", init_id))  # type: ignore
        won += any(
            env.advance(action) for _, action in zip(range(2 * suite.max_steps), actions, strict=False)
        )
    env.close()
    gc.collect()
    assert won


def test_a_goal_does_not_hold_at_the_start() -> None:
    suite = registry.find("suite", "robosuite_stack")
    env = suite.make_env(0, assets="original", image_size=32, render="fast", engine="fast")
    env.begin(EpisodeKey("any", suite.name, 0, 0, 0))
    assert not env.advance(np.zeros(7))
    env.close()
