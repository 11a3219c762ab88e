"""Reachability and contacts on a scratch state, on a six-joint toy arm."""

from types import SimpleNamespace

import mujoco
import numpy as np
import pytest

from benchmarks.experts.pose_checker import UNREACHABLE, PoseChecker

ARM = """
<mujoco><worldbody>
  <geom name="block" type="box" size="0.05 0.05 0.05" pos="0.3 0 0.2"/>
  <body name="shoulder" pos="0 0 0.5">
    <joint axis="0 0 1" range="-170 170"/><joint axis="0 1 0" range="-170 170"/>
    <geom type="capsule" fromto="0 0 0 0.3 0 0" size="0.02"/>
    <body pos="0.3 0 0">
      <joint axis="0 1 0" range="-170 170"/>
      <geom type="capsule" fromto="0.03 0 0 0.3 0 0" size="0.02"/>
      <body pos="0.3 0 0">
        <joint axis="1 0 0" range="-170 170"/><joint axis="0 1 0" range="-170 170"/>
        <joint axis="0 0 1" range="-170 170"/>
        <site name="grip" pos="0.05 0 0"/><geom type="sphere" size="0.01"/>
        <body><joint type="slide" range="0 0.04" axis="0 1 0"/><geom size="0.01" pos="0.05 0.03 0"/></body>
        <body><joint type="slide" range="-0.04 0" axis="0 1 0"/><geom size="0.01" pos="0.05 -0.03 0"/></body>
      </body>
    </body>
  </body>
</worldbody>
<contact><exclude body1="shoulder" body2="world"/></contact>
</mujoco>
"""


@pytest.fixture
def sim():
    model = mujoco.MjModel.from_xml_string(ARM)
    data = mujoco.MjData(model)
    data.qpos[:6] = [0.1, -0.5, 1.0, 0.1, 0.2, 0.1]
    mujoco.mj_forward(model, data)
    controller = SimpleNamespace(
        site=0, qpos_index=np.arange(6), qvel_index=np.arange(6), initial_joint=data.qpos[:6].copy()
    )
    return SimpleNamespace(model=model, data=data, controller=controller, gripper_joints=np.array([6, 7]))


def test_a_reachable_pose_is_reached_and_the_real_state_untouched(sim):
    before = sim.data.qpos.copy()
    position = sim.data.site_xpos[0] + [0.03, 0.04, 0.05]
    rotation = sim.data.site_xmat[0].reshape(3, 3).copy()
    checker = PoseChecker(sim)
    assert checker.contacts(position, rotation, 0.02) == 0
    assert checker.data.site_xpos[0] == pytest.approx(position, abs=0.003)
    assert checker.data.qpos[6:] == pytest.approx([0.02, -0.02])
    assert 0 < checker.strain() < 1
    assert np.array_equal(sim.data.qpos, before)


def test_what_is_in_the_way_is_counted(sim):
    checker = PoseChecker(sim)
    rotation = sim.data.site_xmat[0].reshape(3, 3).copy()
    touched = checker.contacts(np.array([0.3, 0.0, 0.22]), rotation, 0.02)
    assert 0 < touched < UNREACHABLE


def test_out_of_reach_is_told(sim):
    assert PoseChecker(sim).contacts(np.array([2.0, 0.0, 0.5]), np.eye(3), 0.02) == UNREACHABLE
