"""The public environment: gymnasium's contract, options, and what it refuses."""

from __future__ import annotations

from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import benchmarks
from benchmarks.make_env import register
from harness.core import registry
from harness.core.errors import UserError


@pytest.fixture
def env() -> Any:
    return benchmarks.make_env("fake", 1, image_size=16)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_gymnasium_finds_nothing_wrong(env: Any) -> None:
    check_env(env, skip_render_check=True)


def test_every_suite_has_an_id() -> None:
    register()  # twice is once
    for name in registry.names("suite"):
        assert f"steering_benchmark/{name}-v0" in gymnasium.registry
    env = gymnasium.make("steering_benchmark/fake-v0", task_id=2, image_size=16)
    observation, _ = env.reset(seed=0)
    assert observation["instruction"] == "reach the blue goal"
    assert env.unwrapped.task.task_id == 2


def test_observations_have_what_the_suite_gives(env: Any) -> None:
    observation, info = env.reset(seed=3, options={"init_id": 4})
    assert set(observation) == {"agentview", "wrist", "state", "instruction"}
    assert observation["agentview"].shape == observation["wrist"].shape == (16, 16, 3)
    assert env.observation_space.contains(observation)
    assert info["init_id"] == 4


def test_a_seed_draws_an_initial_state_and_repeats(env: Any) -> None:
    drawn = {env.reset(seed=seed)[1]["init_id"] for seed in range(8)}
    assert len(drawn) > 3
    (one, _), (two, _) = env.reset(seed=5), env.reset(seed=5)
    np.testing.assert_array_equal(one["state"], two["state"])
    assert len({env.reset()[1]["init_id"] for _ in range(8)}) > 3, "without a seed others are drawn"


def test_a_variation_changes_the_episode(env: Any) -> None:
    clean, _ = env.reset(seed=1, options={"init_id": 0})
    varied, info = env.reset(seed=1, options={"init_id": 0, "variation": "fake-shift:4"})
    assert np.abs(clean["state"] - varied["state"]).max() > 0.1
    assert info["quantity"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"init": 3}, "unknown option 'init'; known: init_id, variation"),
        ({"init_id": 50}, "no init_id 50; known: 0 to 49"),
        ({"init_id": 0.5}, "no init_id 0.5"),
        ({"variation": "haze:2"}, "unknown variation 'haze'; known:"),
        ({"variation": "lighting:2"}, "not simulated by MuJoCo"),
        ({"variation": "fake-shift:1-3"}, "stands for 3 settings; give one"),
    ],
)
def test_other_options_are_refused(env: Any, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        env.reset(seed=0, options=options)


@pytest.mark.parametrize(
    ("action", "complaint"),
    [
        (np.full(7, np.nan), "is not finite"),
        (np.full(7, 1.5), r"is not in \[-1, 1\]; clip it"),
        (np.zeros(6), r"an action has shape \(7,\), not \(6,\)"),
    ],
)
def test_bad_actions_are_refused(env: Any, action: Any, complaint: str) -> None:
    env.reset(seed=0)
    with pytest.raises(ValueError, match=complaint):
        env.step(action.astype(np.float32))


def test_the_goal_ends_an_episode_and_the_budget_cuts_it_short(env: Any) -> None:
    env.reset(seed=0, options={"init_id": 0})
    for _ in range(env.max_steps):
        towards = np.zeros(7, np.float32)
        towards[:2] = np.clip((env.goal - env.position) / 0.15, -1, 1)
        _, reward, terminated, truncated, info = env.step(towards)
        if terminated:
            break
    assert (reward, truncated, info["success"]) == (1.0, False, True)
    env.reset(seed=0, options={"init_id": 0})
    ends = [env.step(np.zeros(7, np.float32))[2:4] for _ in range(env.max_steps)]
    assert ends == [(False, step == env.max_steps - 1) for step in range(env.max_steps)]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"suite": "libero_moon"}, "unknown suite 'libero_moon'; known:"),
        ({"suite": "fake", "task_id": 4}, "no task 4 in fake; known: 0 to 3"),
        ({"suite": "fake", "image_size": 0}, "image_size 0"),
        (
            {"suite": "robosuite_lift", "render": "pretty"},
            "'pretty'; known: exact, fast",
        ),
        ({"suite": "robosuite_lift", "engine": "warp"}, "unknown engine 'warp'; known: fast, reference"),
    ],
)
def test_what_cannot_be_made_is_refused(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        benchmarks.make_env(**given)


def test_a_real_simulation() -> None:
    env = gymnasium.make("steering_benchmark/robosuite_lift-v0", image_size=48)
    observation, info = env.reset(seed=2, options={"variation": "lighting:2"})
    assert info["quantity"] == 0.6
    assert observation["agentview"].std() > 5
    sim = env.unwrapped.sim
    assert isinstance(sim.model, mujoco.MjModel)
    assert isinstance(sim.data, mujoco.MjData)
    before = sim.data.time
    observation, reward, terminated, truncated, _ = env.step(np.zeros(7, np.float32))
    assert sim.data.time == pytest.approx(before + 0.05)
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert env.observation_space.contains(observation)
    env.close()
