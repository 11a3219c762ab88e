"""Robosuite's operational-space and gripper control on raw MjModel/MjData: the same answers, less work.

The stock environment runs `mj_forward` twice and `mj_step` once per 2 ms substep. Here the controller runs
between `mj_step1` and `mj_step2` on robosuite's own numba functions; of the two forward passes only the
constraint solver's share is repeated, so the state stays bit-identical (tests/benchmarks/test_control.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mujoco
import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.libero_setup import quiet_robosuite

quiet_robosuite()

from robosuite.models import grippers  # noqa: E402  (imported quietly)
from robosuite.utils import transform_utils  # noqa: E402
from robosuite.utils.control_utils import (  # noqa: E402
    nullspace_torques,
    opspace_matrices,
    orientation_error,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Arm:
    """Gains, limits and indices of one robosuite arm with gripper and OSC_POSE controller, as plain data."""

    site: int
    """The grip site."""
    eef_body: int
    gripper_joints: Array  # addresses in qpos
    qpos_index: Array
    qvel_index: Array
    actuators: Array
    torque_limits: tuple[Array, Array]
    kp: Array
    kd: Array
    input_min: Array
    input_max: Array
    output_min: Array
    output_max: Array
    initial_joint: Array
    initial_orientation: Array
    first_reading: tuple[Array, ...]
    """What the controller read at the start pose: the arrays of a `Reading`."""
    gripper: str
    """Name of robosuite's class, which turns actions into positions of the actuators."""
    gripper_actuators: Array


_READING = (
    *("ee_pos", "ee_ori_mat", "ee_pos_vel", "ee_ori_vel", "joint_pos", "joint_vel"),
    *("J_pos", "J_ori", "J_full", "mass_matrix"),
)


def arm_of(robot: Any, model: mujoco.MjModel) -> Arm:
    """The arm of a robosuite robot that was just reset."""
    controller, gripper = robot.controller, robot.gripper
    return Arm(
        site=int(model.site(controller.eef_name).id),
        eef_body=int(model.body(robot.robot_model.eef_name).id),
        gripper_joints=np.array(robot._ref_gripper_joint_pos_indexes),
        qpos_index=np.array(controller.qpos_index),
        qvel_index=np.array(controller.qvel_index),
        actuators=np.array(robot._ref_joint_actuator_indexes),
        torque_limits=(np.array(robot.torque_limits[0]), np.array(robot.torque_limits[1])),
        kp=np.array(controller.kp),
        kd=np.array(controller.kd),
        input_min=np.array(controller.input_min),
        input_max=np.array(controller.input_max),
        output_min=np.array(controller.output_min),
        output_max=np.array(controller.output_max),
        initial_joint=np.array(controller.initial_joint),
        initial_orientation=np.array(controller.initial_ee_ori_mat),
        first_reading=tuple(getattr(controller, name).copy("K") for name in _READING),
        gripper=type(gripper).__name__,
        gripper_actuators=np.array([int(model.actuator(name).id) for name in gripper.actuators], dtype=int),
    )


@dataclass(frozen=True)
class Reading:
    """What the controller knows of the arm in one substep. Arrays keep the memory layout that they have in
    robosuite, which decides the rounding of products with them."""

    position: Array  # [3] m
    orientation: Array  # [3, 3]
    linear_velocity: Array  # [3] m/s
    angular_velocity: Array  # [3] rad/s
    joints: Array
    joint_velocities: Array
    jac_position: Array  # [3, joints]
    jac_orientation: Array  # [3, joints]
    jac: Array  # [6, joints]
    mass: Array  # [joints, joints]


class ArmController:
    """OSC_POSE (fixed impedance, delta actions, no interpolation) and gripper of one robosuite robot."""

    def __init__(self, arm: Arm, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Control `arm` through `data`."""
        self.arm, self.model, self.data = arm, model, data
        self.site, self.qpos_index, self.qvel_index = arm.site, arm.qpos_index, arm.qvel_index
        self.kp, self.kd, self.initial_joint = arm.kp, arm.kd, arm.initial_joint
        self.scale = abs(arm.output_max - arm.output_min) / abs(arm.input_max - arm.input_min)
        self.output_offset = (arm.output_max + arm.output_min) / 2.0
        self.input_offset = (arm.input_max + arm.input_min) / 2.0
        # Only what robosuite's classes say of the action is needed of them, not the MJCF that they read.
        self.gripper: Any = object.__new__(getattr(grippers, arm.gripper))
        low, high = model.actuator_ctrlrange[arm.gripper_actuators].T
        self.gripper_bias, self.gripper_weight = 0.5 * (high + low), 0.5 * (high - low)
        self._bind(arm, model, data)
        self.reset()

    def _bind(self, arm: Arm, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Views of the data and room for what is computed: a substep allocates next to nothing."""
        self._ctrl, self._qpos, self._qvel, self._bias = data.ctrl, data.qpos, data.qvel, data.qfrc_bias
        self._position = data.site_xpos[arm.site]
        self._orientation = data.site_xmat[arm.site].reshape(3, 3)
        self._jac = np.zeros((2, 3, model.nv))
        self._full_mass = np.zeros((model.nv, model.nv))
        self._square = np.ix_(arm.qvel_index, arm.qvel_index)
        self._first = Reading(*arm.first_reading)
        self._later = Reading(*(array.copy("K") for array in arm.first_reading))
        self._turn, self._wrench, self._rest = np.zeros(3), np.zeros(6), np.zeros(len(arm.qvel_index))
        # pinv's results are in column order; the order decides how numpy rounds the products with them.
        self._lambda = np.zeros((2, 3, 3))
        self._lambda_position, self._lambda_orientation = self._lambda[0].T, self._lambda[1].T

    def reset(self) -> None:
        """Forget the last episode.

        A stock controller reads the robot when it is made, at robosuite's start pose, and uses that reading
        once more in the first substep of an episode, whatever initial state was set since; it keeps that
        pose's orientation as goal while rotation deltas are zero (during settling, for one). So do we.
        """
        self._fresh = True
        self.goal_position = np.zeros(3)
        self.goal_orientation = self.arm.initial_orientation.copy()
        self.gripper.current_action = np.zeros(len(self.arm.gripper_actuators))

    def substeps(self, action: Array, count: int) -> None:
        """Hold `action` [7] for `count` physics steps."""
        arm, grip = np.asarray(action[:-1], dtype=np.float64), np.asarray(action[-1:], dtype=np.float64)
        low, high = self.arm.torque_limits
        for index in range(count):
            mujoco.mj_step1(self.model, self.data)
            self._warm_start()
            if self._fresh:
                self._fresh, now = False, self._first
            else:
                mujoco.mj_fwdConstraint(self.model, self.data)
                now = self._read()
            if index == 0:
                self._set_goal(arm, now)
            torques = self._torques(now)
            np.minimum(np.maximum(torques, low, out=torques), high, out=torques)
            self._ctrl[self.arm.actuators] = torques
            command = self.gripper.format_action(grip)
            self._ctrl[self.arm.gripper_actuators] = self.gripper_bias + self.gripper_weight * command
            mujoco.mj_step2(self.model, self.data)

    def _warm_start(self) -> None:
        """Solve the constraints as one `mj_forward` would: the stock loop's two leave a warm start behind
        that changes the last digits of the solution, and contacts amplify digits."""
        mujoco.mj_forwardSkip(self.model, self.data, mujoco.mjtStage.mjSTAGE_VEL, 1)

    def _read(self) -> Reading:
        now = self._later
        now.position[...], now.orientation[...] = self._position, self._orientation
        mujoco.mj_jacSite(self.model, self.data, self._jac[0], self._jac[1], self.arm.site)
        now.joints[...], now.joint_velocities[...] = self._qpos[self.qpos_index], self._qvel[self.qvel_index]
        # All columns enter the velocity, as in robosuite: leaving zeros out would change the rounding.
        np.dot(self._jac[0], self._qvel, out=now.linear_velocity)
        np.dot(self._jac[1], self._qvel, out=now.angular_velocity)
        now.jac_position[...] = now.jac[:3] = self._jac[0][:, self.qvel_index]
        now.jac_orientation[...] = now.jac[3:] = self._jac[1][:, self.qvel_index]
        mujoco.mj_fullM(self.model, self._full_mass, self.data.qM)
        now.mass[...] = self._full_mass[self._square]
        return now

    def _set_goal(self, action: Array, now: Reading) -> None:
        delta = (np.clip(action, self.arm.input_min, self.arm.input_max) - self.input_offset) * self.scale
        delta = delta + self.output_offset
        if np.any(delta[3:] != 0.0):
            rotation = transform_utils.quat2mat(transform_utils.axisangle2quat(delta[3:]))
            self.goal_orientation = np.dot(rotation, now.orientation)
        self.goal_position = now.position + delta[:3]

    def _torques(self, now: Reading) -> Array:
        force = (self.goal_position - now.position) * self.kp[:3] + -now.linear_velocity * self.kd[:3]
        _operational_space(
            now.mass,
            now.jac,
            now.jac_position,
            now.jac_orientation,
            now.joints,
            now.joint_velocities,
            self.initial_joint,
            self.goal_orientation,
            now.orientation,
            self._lambda,
            self._rest,
            self._turn,
        )
        torque = self._turn * self.kp[3:] + -now.angular_velocity * self.kd[3:]
        np.dot(self._lambda_position, force, out=self._wrench[:3])
        np.dot(self._lambda_orientation, torque, out=self._wrench[3:])
        torques: Array = np.dot(now.jac.T, self._wrench) + self._bias[self.qvel_index]
        return torques + self._rest


@numba.njit(cache=True)
def _operational_space(
    mass: Array,
    jac: Array,
    jac_position: Array,
    jac_orientation: Array,
    joints: Array,
    joint_velocities: Array,
    initial_joint: Array,
    goal_orientation: Array,
    orientation: Array,
    lambdas: Array,
    rest: Array,
    turn: Array,
) -> None:
    """Robosuite's three functions in one call, into `lambdas` [2, 3, 3] (transposed), `rest` [joints] and
    `turn` [3]: most of the time of such small functions is spent on handing arrays in and out."""
    _, position, rotation, nullspace = opspace_matrices(mass, jac, jac_position, jac_orientation)
    lambdas[0], lambdas[1] = position.T, rotation.T
    rest[:] = nullspace_torques(mass, nullspace, initial_joint, joints, joint_velocities)
    turn[:] = orientation_error(goal_orientation, orientation)
