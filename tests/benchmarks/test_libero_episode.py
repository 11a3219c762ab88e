"""One real LIBERO task on LIBERO's meshes: official states, the expert, recording and replay."""

import numpy as np
import pytest

from benchmarks.data import missed_grasps, recording
from benchmarks.data.recording import MAX_STEPS, ActionNoise, record_one
from benchmarks.sim.simulation import SETTLE_ACTION
from benchmarks.suites.libero_spatial import SUITE
from harness.core.demonstration import Demonstration
from harness.core.keys import EpisodeKey
from harness.core.rng import derive_rng


@pytest.fixture(scope="module")
def env():
    env = SUITE.make_env(0, assets="original", image_size=64, render="fast")
    yield env
    env.close()


def test_stepping_is_bit_identical_to_liberos(env):
    rng = derive_rng("libero actions")
    actions = [*[SETTLE_ACTION] * 10, *rng.uniform(-1.2, 1.2, (100, 7))]

    def final(step):
        env.sim.load_official(3, derive_rng("fixtures"))
        for action in actions:
            step(action)
        return env.sim.state()[1:]

    np.testing.assert_array_equal(final(env.sim.step), final(env.sim.env.step))


def test_the_key_decides_the_episode(env):
    def start(init_id, seed):
        env.begin(EpisodeKey("any", "libero_spatial", 0, init_id, seed))
        poses = np.concatenate([env.sim.fixture_poses()[name] for name in sorted(env.sim.fixtures)])
        return env.sim.state(), poses, env.observe().images["agentview"]

    first, other_seed, other_init = start(3, 0), start(3, 1), start(4, 0)
    again = start(3, 0)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(first[1], other_seed[1]), "fixture poses follow the seed"
    assert not np.array_equal(first[0], other_init[0])


def test_the_expert_solves_an_official_state(env):
    env.begin(EpisodeKey("expert", "libero_spatial", 0, 0, 0))
    assert not env.sim.success()
    for count, action in enumerate(SUITE.expert.actions(env.sim, derive_rng("expert"))):
        assert count < MAX_STEPS
        env.advance(action)
    assert env.sim.success()


def test_a_demonstration_replays_and_starts_off_the_official_states(env, tmp_path):
    demonstration = record_one(env, SUITE.expert, seed=0, assets="original@test")
    assert demonstration is not None
    demonstration.save(tmp_path / "demo.npz")
    loaded = Demonstration.load(tmp_path / "demo.npz")
    for name in ("actions", "sim_states", "image_steps"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(demonstration, name))
    np.testing.assert_array_equal(loaded.images["agentview"], demonstration.images["agentview"])
    assert (loaded.task, loaded.assets) == (demonstration.task, "original@test")

    start = loaded.sim_states[0][1:]
    official = env.sim.init_states[:, 1:]
    nq = env.sim.model.nq
    assert np.abs(official[:, 9:nq] - start[9:nq]).max(axis=1).min() > 1e-4

    env.sim.load_recorded(loaded.sim_states[0], loaded.fixtures)
    env.sim.update_visuals()
    # Recorded images show the poses of the last substep's beginning, as robosuite's do: 2 ms apart.
    difference = np.abs(env.observe().images["agentview"].astype(int) - loaded.images["agentview"][0])
    assert difference.mean() < 0.5


def test_noise_goes_sideways_too_and_spares_what_rests():
    noise = ActionNoise(derive_rng("noise"))
    action = np.array([0.0, 0.1, -0.6, 0.5, 0.0, 0.0, -1.0], np.float32)
    executed = np.stack([noise(action) for _ in range(200)])
    assert (executed[:, 4:] == action[4:]).all()
    assert (executed[:, :4].std(axis=0) > 0.02).all()
    assert np.abs(executed).max() <= 1.0
    resting = np.array([0.1, -0.1, 0.0, 0.0, 0.0, 0.0, 1.0], np.float32)
    assert (noise(resting) == resting).all()


def test_some_demonstrations_begin_after_a_missed_grasp(env, monkeypatch):
    monkeypatch.setattr(recording, "MISS_RATE", 1.0)
    demonstration = record_one(env, SUITE.expert, seed=1, assets="original@test")
    assert demonstration is not None
    bowl = env.sim.model.joint("akita_black_bowl_1_joint0").qposadr[0]
    start, end = demonstration.sim_states[0][1:], demonstration.sim_states[-1][1:]
    assert np.abs(demonstration.state[0, 6:]).sum() < 0.004, "the fingers have closed on nothing"
    assert demonstration.state[0, 2] > start[bowl + 2] + 0.045, "the arm has risen without the bowl"
    assert demonstration.actions[0, -1] < 0, "the expert begins by opening them"
    assert np.linalg.norm(end[bowl : bowl + 2] - start[bowl : bowl + 2]) > 0.05


def test_nothing_is_missed_where_nothing_is_carried(env):
    states = np.tile(env.sim.state(), (6, 1))
    actions = np.zeros((6, 7), np.float32)
    actions[:3, -1], actions[3:, -1] = -1.0, 1.0
    assert missed_grasps.carrying(env.sim.model, states, actions) is None
    bowl = 1 + env.sim.model.joint("akita_black_bowl_1_joint0").qposadr[0]
    states[4:, bowl + 2] += [0.02, 0.10]
    address, closed, times = missed_grasps.carrying(env.sim.model, states, actions)
    assert (address, closed, list(times)) == (bowl - 1, 3, [5])


@pytest.mark.parametrize("task_id", [4, 7, 9])  # in the drawer, on the stove, on the cabinet
def test_sampled_placements_look_like_the_official_ones(task_id):
    simulation = SUITE.simulate(task_id, "original")
    bowl = simulation.model.joint("akita_black_bowl_1_joint0").qposadr[0]
    official = simulation.init_states[:, 1 + bowl : 4 + bowl]
    low, high = official.min(axis=0) - 0.03, official.max(axis=0) + 0.03
    for seed in range(3):
        simulation.load_sampled(derive_rng("placement test", seed))
        place = simulation.data.qpos[bowl : bowl + 3]
        assert ((place > low) & (place < high)).all(), f"bowl at {place}, official {low} to {high}"
