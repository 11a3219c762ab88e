"""The lean stepping against robosuite's own: bit for bit."""

import numpy as np
import pytest

from benchmarks.build.lift_task import lift_simulation
from harness.core.keys import EpisodeKey
from harness.core.rng import derive_rng


@pytest.fixture(scope="module")
def lift():
    return lift_simulation()


def test_hundred_random_actions_are_bit_identical_to_robosuite(lift):
    rng = derive_rng("actions")
    actions = rng.uniform(-1.2, 1.2, (100, 7))  # beyond the limits on purpose: clipping is part of it
    actions[::5, 3:6] = 0.0  # the controller keeps its old orientation goal where rotations are zero
    lift.load_official(3, derive_rng("unused"))
    start = lift.state()
    for action in actions:
        lift.env.step(action)
    stock, stock_success = lift.state(), lift.env._check_success()

    lift.load_official(3, derive_rng("unused"))
    np.testing.assert_array_equal(lift.state(), start)
    for action in actions:
        success = lift.step(action)
    np.testing.assert_array_equal(lift.state()[1:], stock[1:])
    assert success == stock_success


def test_an_episode_does_not_depend_on_the_one_before(lift):
    actions = derive_rng("first").uniform(-1, 1, (10, 7))

    def episode():
        lift.load_official(0, derive_rng("unused"))
        for action in actions:
            lift.step(action)
        return lift.state()

    first = episode()
    lift.load_official(7, derive_rng("unused"))
    lift.step(np.ones(7))
    np.testing.assert_array_equal(episode(), first)


def test_sampling_leaves_numpys_global_generator_alone(lift):
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    lift.load_sampled(derive_rng("placement"))
    assert np.random.rand() == expected


def test_lift_initial_states_differ_and_repeat(lift):
    states = []
    for init_id in (0, 1, 0):
        lift.load_official(init_id, derive_rng("unused"))
        states.append(lift.state())
    assert not np.array_equal(states[0], states[1])
    np.testing.assert_array_equal(states[0], states[2])


def test_environment_follows_gymnasium(lift):
    from benchmarks.episode.task_env import TaskEnv
    from benchmarks.suites.robosuite_lift import SUITE

    env = TaskEnv(SUITE.tasks[0], lambda: lift, max_steps=2, image_size=32, render="fast")
    observation, _ = env.reset(seed=1, options={"init_id": 4})
    assert env.observation_space.contains(observation)
    _, reward, terminated, truncated, _ = env.step(np.zeros(7, np.float32))
    assert (reward, terminated, truncated) == (0.0, False, False)
    *_, truncated, _ = env.step(np.zeros(7, np.float32))
    assert truncated
    env.begin(EpisodeKey("a", "robosuite_lift", 0, 4, 1))
    np.testing.assert_array_equal(env.observe().images["agentview"], observation["agentview"])
    env.close()
