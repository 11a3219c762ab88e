"""What a policy sees with `--render exact` is what LIBERO's own environment shows, to the bit."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.assets import trees
from benchmarks.sim.simulation import SETTLE_ACTION, SETTLE_STEPS, axis_angle
from harness.core import registry
from harness.core.keys import EpisodeKey
from harness.core.rng import derive_rng

STOCK = Path(__file__).with_name("stock_libero.py")
OTHERS = [("libero_object", 3), ("libero_goal", 7), ("libero_10", 2), ("libero_10", 9), ("libero_90", 30)]
"""With a basket, a stove that is switched on, a microwave, and other rooms."""


def compare(tmp_path, suite_name, task_id, engine="fast", count=50, size=128):
    """Step stock LIBERO and ours through the same actions."""
    suite = registry.find("suite", suite_name)
    actions = derive_rng("stock", suite_name, task_id).uniform(-1.2, 1.2, (count, 7))
    env = suite.make_env(task_id, assets="original", image_size=size, render="exact", engine=engine)
    env.begin(EpisodeKey("any", suite_name, task_id, 2, 0))
    images, states = [], []
    for number in range(count + 1):
        if number:
            env.advance(actions[number - 1])
        seen = env.observe()
        images.append([seen.images["agentview"], seen.images["wrist"]])
        states.append(seen.state)
    bodies, poses = env.sim.fixtures, env.sim.fixture_poses()
    np.savez(
        tmp_path / "in.npz",
        task_file=str(suite.task_file(task_id)),
        assets=str(trees.resolve(trees.ORIGINAL).path),
        size=size,
        state=env.sim.init_states[2],
        bodies=np.array([bodies[name] for name in poses], int),
        poses=np.array(list(poses.values())).reshape(-1, 7),
        actions=np.concatenate([[SETTLE_ACTION] * SETTLE_STEPS, actions]),
    )
    env.close()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    call = [sys.executable, str(STOCK), str(tmp_path / "in.npz"), str(tmp_path / "out.npz")]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(tmp_path / "out.npz") as file:
        stock = {name: array[SETTLE_STEPS:] for name, array in file.items()}
    turned = [axis_angle(quaternion) for quaternion in stock["robot0_eef_quat"]]
    expected = np.concatenate([stock["robot0_eef_pos"], turned, stock["robot0_gripper_qpos"]], axis=1)
    np.testing.assert_array_equal(np.array(states), expected.astype(np.float32))
    for camera, name in enumerate(("agentview_image", "robot0_eye_in_hand_image")):
        for number, pair in enumerate(images):
            differ = np.abs(pair[camera].astype(int) - stock[name][number][::-1, ::-1]).max(axis=-1)
            assert not differ.any(), (
                f"{name} {number}: {np.count_nonzero(differ)} pixels, up to {differ.max()}"
            )


def test_what_is_seen_is_stock_liberos(tmp_path):
    compare(tmp_path, "libero_spatial", 0, count=4, size=64)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fast", "reference"])
@pytest.mark.parametrize(("suite_name", "task_id"), [("libero_spatial", 4), *OTHERS])
def test_what_is_seen_is_stock_liberos_in_every_suite(tmp_path, suite_name, task_id, engine):
    compare(tmp_path, suite_name, task_id, engine)
