"""Robosuite's operational-space and gripper control on raw MjModel/MjData: the same answers, less work.

The stock environment runs `mj_forward` twice and `mj_step` once per 2 ms substep. Here the controller runs
between `mj_step1` and `mj_step2` on robosuite's own numba functions; of the two forward passes only the
constraint solver's share is repeated, so the state stays bit-identical, as
tests/benchmarks/test_arm_controller.py checks. What is done once per action is here; what is done in every
substep is in benchmarks/sim/osc_kernel.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mujoco
import numpy as np

from benchmarks.assets.libero_setup import quiet_robosuite
from benchmarks.sim.osc_kernel import ArmState, Array, Goal, Index, Plant, address, hold
from harness.core.errors import UserError

quiet_robosuite()

from robosuite.models import grippers  # noqa: E402  (imported quietly)
from robosuite.utils import transform_utils  # noqa: E402


@dataclass(frozen=True)
class Arm:
    """Gains, limits and indices of one robosuite arm with gripper and OSC_POSE controller, as plain data."""

    site: int
    """The grip site."""
    eef_body: int
    gripper_joints: Index  # addresses in qpos
    qpos_index: Index
    qvel_index: Index
    actuators: Index
    torque_limits: tuple[Array, Array]
    kp: Array
    kd: Array
    input_min: Array
    input_max: Array
    output_min: Array
    output_max: Array
    initial_joint: Array
    initial_orientation: Array
    first_state: tuple[Array, ...]
    """What robosuite's controller knew at the start pose: the arrays of an `ArmState`."""
    gripper: str
    """Name of robosuite's class, which turns actions into positions of the actuators."""
    gripper_actuators: Index


class ArmController:
    """OSC_POSE (fixed impedance, delta actions, no interpolation) and gripper of one robosuite robot."""

    def __init__(self, arm: Arm, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Control `arm` through `data`."""
        self.arm, self.model, self.data = arm, model, data
        self.site, self.qpos_index, self.qvel_index = arm.site, arm.qpos_index, arm.qvel_index
        self.initial_joint = arm.initial_joint
        self.scale = abs(arm.output_max - arm.output_min) / abs(arm.input_max - arm.input_min)
        self.output_offset = (arm.output_max + arm.output_min) / 2.0
        self.input_offset = (arm.input_max + arm.input_min) / 2.0
        self._now = ArmState(*(array.copy("K") for array in arm.first_state))
        self._goal = Goal(np.zeros(3), np.zeros((3, 3)), np.zeros(len(arm.gripper_actuators)))
        self.reset()

    @cached_property
    def plant(self) -> Plant:
        """Made by the first step, since the reference engine needs none. Raises UserError as `plant_of`."""
        return plant_of(self.arm, self.model, self.data)

    def reset(self) -> None:
        """Forget the last episode.

        A stock controller reads the robot when it is made, at robosuite's start pose, and uses that reading
        once more in the first substep of an episode, whatever initial state was set since; it keeps that
        pose's orientation as goal while rotation deltas are zero (during settling, for one). So do we.
        """
        self._knows_start_only = True
        self.goal_orientation = self.arm.initial_orientation.copy()
        self._goal.gripper[:] = 0.0

    def hold_pose(self) -> None:
        """Make the arm's present pose the goal: after `reset` it would be pulled back to the start pose."""
        self._knows_start_only = False
        self.goal_orientation = self.data.site_xmat[self.site].reshape(3, 3).copy()

    def substeps(self, action: Array, count: int, look: Callable[[], None]) -> None:
        """Hold `action` [7] for `count` physics steps and call `look` before the last of them.

        Raises UserError as `plant_of` does.
        """
        closing = float(action[-1])
        mujoco.mj_step1(self.model, self.data)
        self._read()
        self._set_goal(action[:-1])
        hold(self.plant, self._now, self._goal, closing, count - 1, self._knows_start_only)
        self._knows_start_only = False
        look()
        mujoco.mj_step1(self.model, self.data)
        hold(self.plant, self._now, self._goal, closing, 1, self._knows_start_only)

    def _read(self) -> None:
        """Read what the goal is relative to."""
        now, plant = self._now, self.plant
        if self._knows_start_only:
            for array, first in zip(now, self.arm.first_state, strict=True):
                array[...] = first
        else:
            now.position[...], now.orientation[...] = plant.position, plant.orientation

    def _set_goal(self, action: Array) -> None:
        now = self._now
        delta = (np.clip(action, self.arm.input_min, self.arm.input_max) - self.input_offset) * self.scale
        delta = delta + self.output_offset
        if np.any(delta[3:] != 0.0):
            rotation = transform_utils.quat2mat(transform_utils.axisangle2quat(delta[3:]))
            self.goal_orientation = np.dot(rotation, now.orientation)
        self._goal.position[...] = now.position + delta[:3]
        self._goal.orientation[...] = self.goal_orientation


def plant_of(arm: Arm, model: mujoco.MjModel, data: mujoco.MjData) -> Plant:
    """Views of `data` and the constants of `arm`.

    Raises UserError where the fast engine's compiled step would not do what `mj_step` does.
    """
    if model.opt.integrator != mujoco.mjtIntegrator.mjINT_EULER:
        integrator = mujoco.mjtIntegrator(model.opt.integrator).name
        raise UserError(f"integrator {integrator!r} is not mjINT_EULER; run it with --engine reference")
    low, high = model.actuator_ctrlrange[arm.gripper_actuators].T
    inertia_index = np.zeros((model.nv, model.nv))
    mujoco.mj_fullM(model, inertia_index, np.arange(1.0, model.nM + 1))
    return Plant(
        model=address(model),
        data=address(data),
        qpos=data.qpos,
        qvel=data.qvel,
        ctrl=data.ctrl,
        bias=data.qfrc_bias,
        inertia=data.qM,
        position=data.site_xpos[arm.site],
        orientation=data.site_xmat[arm.site].reshape(3, 3),
        site=arm.site,
        jac=np.zeros((2, 3, model.nv)),
        qpos_index=arm.qpos_index,
        qvel_index=arm.qvel_index,
        inertia_index=inertia_index[np.ix_(arm.qvel_index, arm.qvel_index)].astype(np.int64),
        actuators=arm.actuators,
        low=arm.torque_limits[0],
        high=arm.torque_limits[1],
        kp=arm.kp,
        kd=arm.kd,
        initial_joint=arm.initial_joint,
        gripper_actuators=arm.gripper_actuators,
        gripper_bias=0.5 * (high + low),
        gripper_weight=0.5 * (high - low),
        gripper_stride=gripper_stride(arm.gripper, len(arm.gripper_actuators)),
    )


def gripper_stride(name: str, actuators: int) -> Array:
    """How far robosuite's class `name` closes its actuators [actuators] in one substep, in [-1, 1].

    The fast engine holds for grippers that move by a fixed stride with the sign of the action, which is all
    that are mounted on robosuite's arms. Raises UserError for another.
    """
    # Only the class's rule for actions is needed, without the MJCF that its constructor reads.
    gripper: Any = object.__new__(grippers.GRIPPER_MAPPING[name])
    strides = []
    for action in (1.0, -1.0, 0.3, 0.0):
        gripper.current_action = np.zeros(actuators)
        strides.append(gripper.format_action(np.array([action])))
    stride: Array = strides[0]
    if not np.array_equal(strides, [stride, -stride, stride, 0.0 * stride]):
        raise UserError(f"gripper {name!r} does not move by fixed strides; run it with --engine reference")
    return stride
