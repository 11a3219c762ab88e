"""One episode at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.core.keys import EpisodeKey
from harness.core.rng import derive_rng
from harness.core.specs import OSC_POSE, Observation
from harness.engine.rollout import run_episode

KEY = EpisodeKey("adapt", "suite", 3, 7, 1)


class CountingEnv:
    """Succeeds at step `success_at`, fails to work at step `crash_at`."""

    max_steps = 10

    def __init__(self, success_at: int = 99, crash_at: int = 99) -> None:
        self.success_at, self.crash_at = success_at, crash_at
        self.begun: list[EpisodeKey] = []
        self.actions: list[float] = []
        self.observed = 0

    def begin(self, key: EpisodeKey) -> None:
        self.begun.append(key)

    def advance(self, action: Any) -> bool:
        self.actions.append(float(action[0]))
        if len(self.actions) == self.crash_at:
            raise RuntimeError("the simulation\nis unstable")
        return len(self.actions) == self.success_at

    def observe(self) -> Observation:
        self.observed += 1
        blank = np.zeros((4, 4, 3), np.uint8)
        return Observation({"agentview": blank, "wrist": blank}, np.zeros(8, np.float32), "go")


class NoisePolicy:
    """Its actions are its noise."""

    horizon = 5

    def __init__(self, shape: tuple[int, ...] = (1, 5, OSC_POSE.size), value: float = 0.0) -> None:
        self.shape, self.value = shape, value

    def act(self, observations: Any, rngs: Any) -> Any:
        return np.full(self.shape, self.value, np.float32) + rngs[0].random()


def roll(env: CountingEnv, policy: Any = None, key: EpisodeKey = KEY, replan: int = 3) -> Any:
    return run_episode(env, policy or NoisePolicy(), key, replan=replan, action_size=OSC_POSE.size)  # type: ignore[arg-type]


@pytest.mark.parametrize("step", [1, 3, 4, 10])
def test_success_at_any_step(step: int) -> None:
    env = CountingEnv(success_at=step)
    rollout = roll(env)
    assert (rollout.status, rollout.steps, rollout.error) == ("success", step, "")
    assert env.observed == -(-step // 3)
    assert env.begun == [KEY]


def test_failure_uses_exactly_the_step_budget() -> None:
    env = CountingEnv()
    assert (roll(env).status, len(env.actions), env.observed) == ("failure", 10, 4)


def test_a_crash_is_an_error_on_one_line_never_a_failure() -> None:
    rollout = roll(CountingEnv(crash_at=4))
    assert rollout.status == "error"
    assert rollout.steps == 4
    assert rollout.error.startswith("RuntimeError: the simulation is unstable (test_rollout.py:")


@pytest.mark.parametrize(
    ("policy", "complaint"),
    [
        (NoisePolicy(shape=(5, OSC_POSE.size)), "returned shape (5, 7), expected (1, 5, 7)"),
        (NoisePolicy(shape=(1, 4, OSC_POSE.size)), "returned shape"),
        (NoisePolicy(value=np.nan), "not finite"),
    ],
)
def test_policies_are_checked(policy: Any, complaint: str) -> None:
    env = CountingEnv()
    rollout = roll(env, policy)
    assert rollout.status == "error"
    assert complaint in rollout.error
    assert not env.actions


def test_noise_comes_from_the_scene_and_the_query_alone() -> None:
    env = CountingEnv()
    roll(env)
    expected = [float(np.float32(derive_rng("flow", KEY.twin_id, query).random())) for query in range(4)]
    assert env.actions == [expected[step // 3] for step in range(10)]
    other = CountingEnv()
    roll(other, key=EpisodeKey("another method", "suite", 3, 7, 1, "lighting", 2))
    assert other.actions == env.actions
