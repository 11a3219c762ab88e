"""Suites: official order and files, pretraining tasks derived from them, conventions of the state."""

import numpy as np
import pytest

from benchmarks.assets.trees import FOLDERS
from benchmarks.sim.simulation import axis_angle, load_init_states
from benchmarks.suites.libero_pretrain import SUITE as PRETRAIN
from benchmarks.suites.libero_pretrain import VARIANTS, derive
from harness.core import registry
from harness.core.errors import UserError
from harness.core.keys import EpisodeKey

LIBERO = ["libero_spatial", "libero_object", "libero_goal"]


RELEASED = "original@569a5265439e"
"""LIBERO's assets as the wheels of version 0.1.0 bring them."""

LONG_AND_MANY = ["libero_10", "libero_90"]


@pytest.mark.parametrize("name", [*LIBERO, "libero_pretrain", *LONG_AND_MANY])
def test_every_task_has_its_official_files(name):
    suite = registry.find("suite", name)
    assert [task.task_id for task in suite.tasks] == list(range(len(suite.tasks)))
    for task in suite.tasks:
        text = suite.task_file(task.task_id).read_text()
        assert text.count("(") == text.count(")")
        assert "(:goal" in text
        states = load_init_states(suite.init_file(task.task_id))
        assert states.shape[0] == suite.init_count
        assert np.isfinite(states).all()


def test_official_order_and_instructions():
    spatial = registry.find("suite", "libero_spatial")
    assert spatial.tasks[5].instruction == "pick up the black bowl on the ramekin and place it on the plate"
    assert registry.find("suite", "libero_goal").tasks[7].instruction == "turn on the stove"
    assert [registry.find("suite", name).max_steps for name in LIBERO] == [220, 280, 300]
    ten, ninety = (registry.find("suite", name) for name in LONG_AND_MANY)
    assert (len(ten.tasks), ten.max_steps) == (10, 520)
    assert (len(ninety.tasks), ninety.max_steps) == (90, 400)
    assert ten.tasks[2].instruction == "turn on the stove and put the moka pot on it"


def test_assets_that_lack_a_task_s_objects_are_refused_in_one_line(tmp_path):
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
    with pytest.raises(UserError, match=r"lack scenes/\S+, which KITCHEN_SCENE10_\S+ needs; give") as e:
        registry.find("suite", "libero_90").simulate(0, str(tmp_path))
    assert "\n" not in str(e.value)


def test_pretraining_asks_for_nothing_that_an_evaluated_suite_asks_for():
    official = {task.instruction for name in LIBERO for task in registry.find("suite", name).tasks}
    goals = set()
    for name in LIBERO:
        suite = registry.find("suite", name)
        for task in suite.tasks:
            text = suite.task_file(task.task_id).read_text()
            goal = " ".join(text[text.index("(:goal") :].split())
            goals.add((name, task.task_id, goal))
    for task, variant in zip(PRETRAIN.tasks, VARIANTS, strict=True):
        assert task.instruction not in official
        text = PRETRAIN.task_file(task.task_id).read_text()
        goal = " ".join(text[text.index("(:goal") :].split())
        assert all(goal != other for suite, _, other in goals if suite == variant.suite)


def test_a_derived_task_keeps_the_scene():
    variant = VARIANTS[-1]
    base = registry.find("suite", variant.suite).task_file(variant.base).read_text()
    derived = derive(base, variant)
    scene = slice(base.index("(:objects"), base.index("(:goal"))
    assert base[scene] in derived
    assert variant.region in derived


@pytest.mark.parametrize(
    ("quaternion", "expected"),
    [
        ([0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0]),
        ([1.0, 0.0, 0.0, 0.0], [np.pi, 0.0, 0.0]),
        ([np.sin(0.5), 0.0, 0.0, np.cos(0.5)], [1.0, 0.0, 0.0]),
        # w < 0 is not flipped: the angle exceeds pi.
        ([np.sin(2.0), 0.0, 0.0, np.cos(2.0)], [4.0, 0.0, 0.0]),
    ],
)
def test_axis_angle_keeps_the_sign(quaternion, expected):
    np.testing.assert_allclose(axis_angle(np.array(quaternion)), expected, atol=1e-12)


def test_suites_say_what_their_assets_are(tmp_path):
    fake, lift, libero = (registry.find("suite", name) for name in ("fake", "robosuite_lift", LIBERO[0]))
    assert (fake.asset_label("original"), lift.asset_label("original")) == ("none", "robosuite")
    assert libero.asset_label("original") == RELEASED
    assert [suite.asset_directory("original") for suite in (fake, lift, libero)] == [None] * 3
    own = tmp_path / "mine"
    for folder in FOLDERS:
        (own / folder).mkdir(parents=True)
    assert libero.asset_directory(str(own)) == own
    assert libero.asset_label(str(own)).startswith("mine@")
    with pytest.raises(UserError, match="no assets 'moon'"):
        libero.asset_label("moon")


def test_what_a_suite_gives_is_what_its_environments_show():
    for name in ("fake", "robosuite_lift"):
        suite = registry.find("suite", name)
        env = suite.make_env(0, assets="", image_size=16, render="fast", engine="fast")
        env.begin(EpisodeKey("any", name, 0, 0, 0))
        seen = env.observe()
        assert tuple(seen.images) == suite.gives.cameras
        assert seen.state.shape == (suite.gives.state.size,)
        assert env.action_space.shape == (suite.gives.action.size,)
        env.close()
