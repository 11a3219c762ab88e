"""Joints for a pose: found where there are some, and what is left where there are none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from benchmarks.sim.inverse_kinematics import Chain, Search, rotation_vector, solve
from harness.core.rng import derive_rng

TWO_LINKS = """
<mujoco><worldbody>
  <body><joint name="a" axis="0 0 1"/><geom size=".02"/>
    <body pos="1 0 0"><joint name="b" axis="0 1 0"/><geom size=".02"/>
      <body pos="1 0 0"><joint name="c" axis="0 0 1"/><geom size=".02"/><site name="tip" pos=".2 0 0"/></body>
    </body>
  </body>
</worldbody></mujoco>
"""
SEARCH = Search(iterations=100, tolerance=(1e-4, 1e-3), damping=1e-4, step_limit=0.3)


@pytest.fixture
def arm() -> tuple[Any, Any, Chain]:
    model = mujoco.MjModel.from_xml_string(TWO_LINKS)
    joints = np.arange(3)
    limits = np.full(3, 2.0)
    return model, mujoco.MjData(model), Chain(0, joints, joints, -limits, limits)


def pose(model: Any, joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    data = mujoco.MjData(model)
    data.qpos[:] = joints
    mujoco.mj_kinematics(model, data)
    return data.site_xpos[0].copy(), data.site_xmat[0].reshape(3, 3).copy()


@pytest.mark.parametrize("joints", [[0.3, -0.4, 0.5], [-0.8, 0.2, -0.3], [0.0, 0.0, 0.0]])
def test_a_pose_that_can_be_reached_is_reached(arm: Any, joints: list[float]) -> None:
    model, data, chain = arm
    position, rotation = pose(model, np.array(joints))
    meters, radians = solve(model, data, chain, SEARCH, position, rotation)
    assert meters < SEARCH.tolerance[0]
    assert radians < SEARCH.tolerance[1]
    found = pose(model, data.qpos)
    np.testing.assert_allclose(found[0], position, atol=1e-4)
    np.testing.assert_allclose(found[1], rotation, atol=1e-3)


def test_what_is_left_of_a_pose_out_of_reach_is_told(arm: Any) -> None:
    model, data, chain = arm
    meters, _ = solve(model, data, chain, SEARCH, np.array([3.0, 0.0, 0.0]), np.eye(3))
    assert meters == pytest.approx(0.8, abs=0.01)


def test_joints_stay_within_their_limits(arm: Any) -> None:
    model, data, chain = arm
    position, rotation = pose(model, np.array([0.5, 0.0, 0.0]))
    narrow = replace(chain, low=np.full(3, -0.2), high=np.full(3, 0.2))
    solve(model, data, narrow, SEARCH, position, rotation)
    assert np.abs(data.qpos).max() <= 0.2


def test_rotation_vectors_are_scipys() -> None:
    for rotation in Rotation.random(50, random_state=int(derive_rng("rotations").integers(1000))):
        np.testing.assert_allclose(rotation_vector(rotation.as_matrix()), rotation.as_rotvec(), atol=1e-9)
