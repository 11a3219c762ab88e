"""The fast engine against robosuite's and LIBERO's own: bit for bit, and goal by goal."""

import gc

import numpy as np
import pytest

from benchmarks.build.lift_task import compile_lift, lift_simulation
from benchmarks.sim.compiled_task import CompiledTask
from benchmarks.sim.reference_engine import simulation_class
from harness.core import registry
from harness.core.errors import UserError
from harness.core.rng import derive_rng

SUITES = ("libero_spatial", "libero_object", "libero_goal", "libero_pretrain", "robosuite_lift")
TASKS = [(name, task.task_id) for name in SUITES for task in registry.find("suite", name).tasks]
FEW = [("libero_goal", 1), ("libero_object", 0)]
"""Goals of another kind than libero_spatial's, which the other tests use: In a drawer, In a basket."""


@pytest.fixture(autouse=True)
def _memory():
    """robosuite's environments hold 100 MB each until the garbage collector comes by."""
    yield
    gc.collect()


def simulate(suite, task_id, engine="fast"):
    if suite == "robosuite_lift":
        return lift_simulation(engine)
    return registry.find("suite", suite).simulate(task_id, "original", engine)


def both(suite, task_id, actions):
    """The episode of `actions` on both engines: states and goal, step by step."""
    found = []
    for engine in ("fast", "reference"):
        simulation = simulate(suite, task_id, engine)
        simulation.load_official(3, derive_rng("engines"))
        simulation.settle()
        goals = [simulation.step(action) for action in actions]
        simulation.update_visuals()
        found.append((simulation.state()[1:], goals, simulation.model.site_rgba.copy()))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("suite", "task_id"), TASKS)
def test_200_random_actions_are_bit_identical(suite, task_id):
    fast, reference = both(suite, task_id, derive_rng("actions").uniform(-1.2, 1.2, (200, 7)))
    for one, other in zip(fast, reference, strict=True):
        np.testing.assert_array_equal(one, other)


def check_goal(suite_name, task_id, monkeypatch, seed=0):
    """A demonstration on both engines at once: LIBERO's goal check and ours at every step.

    It begins at the start pose, not after a missed grasp, so that it can be replayed from its seed.
    """
    from benchmarks.data.recording import record

    monkeypatch.setattr("benchmarks.data.recording.MISS_RATE", 0.0)
    suite = registry.find("suite", suite_name)
    env = suite.make_env(task_id, assets="original", image_size=16, render="fast")
    simulation = env.sim
    assert simulation.task.predicates is not None
    seen, advance = [], simulation.step

    def step(action):
        advance(action)
        stock = bool(simulation.env._check_success())
        seen.append(stock)
        assert simulation.success() == stock, f"step {len(seen)}"
        return stock

    simulation.step = step
    recorded = (demo for _, demo in record(env, suite.expert, range(seed, seed + 6), assets="test") if demo)
    demonstration = next(recorded, None)
    del simulation.step
    assert demonstration is not None, "no expert episode of six succeeded"
    assert True in seen
    assert False in seen
    return simulation, demonstration


def replay(simulation, demonstration):
    """The whole episode: a recorded state alone holds neither the solver's warm start nor the controller."""
    task = demonstration.task
    simulation.load_sampled(derive_rng("placement", f"{task.suite}.{task.name}.{demonstration.seed}"))
    simulation.settle()
    goals = [simulation.step(action) for action in demonstration.executed]
    return simulation.state()[1:], goals


@pytest.mark.parametrize(("suite", "task_id"), FEW[:1])
def test_goal_and_demonstration_agree(suite, task_id, monkeypatch):
    simulation, demonstration = check_goal(suite, task_id, monkeypatch)
    fast, goals = replay(simulation, demonstration)
    task = CompiledTask(simulation.model, simulation.task)
    stock, stock_goals = replay(simulation_class("reference")(task, env=simulation.env), demonstration)
    np.testing.assert_array_equal(fast, stock)
    assert goals == stock_goals
    assert goals[-1]


@pytest.mark.slow
@pytest.mark.parametrize(("suite", "task_id"), TASKS)
def test_goal_and_demonstration_agree_on_every_task(suite, task_id, monkeypatch):
    test_goal_and_demonstration_agree(suite, task_id, monkeypatch)


def placements(suite, task_id):
    simulation = registry.find("suite", suite).simulate(task_id, "original")
    assert simulation.task.placement is not None
    for seed in range(3):
        simulation.load_official(seed, derive_rng("placement", seed))
        ours = simulation.fixture_poses()
        simulation.load_sampled(derive_rng("placement", seed))
        theirs = simulation.fixture_poses()
        assert ours.keys() == theirs.keys()
        for name, pose in ours.items():
            np.testing.assert_array_equal(pose, theirs[name])


def test_fixtures_stand_where_liberos_reset_puts_them():
    placements("libero_spatial", 0)


@pytest.mark.slow
@pytest.mark.parametrize(("suite", "task_id"), [task for task in TASKS if task[0] != "robosuite_lift"])
def test_fixtures_of_every_task_stand_where_liberos_reset_puts_them(suite, task_id):
    placements(suite, task_id)


def test_lift_is_raised_when_robosuite_says_so():
    simulation = lift_simulation()
    height = simulation.task.predicates[0].height
    cube = simulation.model.joint("cube_joint0").qposadr[0]
    simulation.load_official(0, derive_rng("unused"))
    for z in (height - 1e-4, height, height + 1e-4):
        simulation.data.qpos[cube + 2] = z
        simulation.refresh()
        assert simulation.success() == simulation.env._check_success()


def test_lift_starts_are_those_that_robosuite_samples():
    compiled = compile_lift()
    np.testing.assert_array_equal(compiled.description.init_states, lift_simulation().init_states)


def test_unknown_engine_names_the_known_ones():
    with pytest.raises(UserError, match="known: fast, reference"):
        simulation_class("warp")
