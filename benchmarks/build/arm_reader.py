"""The arm, gripper and controller of a robosuite robot, read into plain data."""

from __future__ import annotations

import mujoco
import numpy as np

from benchmarks.sim.arm_controller import Arm, Array, Index
from benchmarks.sim.robosuite_binding import StockPart

STATE = (
    *("ee_pos", "ee_ori_mat", "ee_pos_vel", "ee_ori_vel", "joint_pos", "joint_vel"),
    *("J_pos", "J_ori", "J_full", "mass_matrix"),
)
"""Attributes of robosuite's controller in the order of `osc_kernel.ArmState`."""


def arm_of(robot: StockPart, model: mujoco.MjModel) -> Arm:
    """The arm of a robosuite robot that was just reset."""
    controller, gripper = robot.controller, robot.gripper
    return Arm(
        site=int(model.site(controller.eef_name).id),
        eef_body=int(model.body(robot.robot_model.eef_name).id),
        gripper_joints=np.array([int(model.joint(name).qposadr[0]) for name in robot.gripper_joints]),
        qpos_index=np.array(controller.qpos_index),
        qvel_index=np.array(controller.qvel_index),
        actuators=actuators(model, robot.robot_model.actuators),
        torque_limits=(np.array(robot.torque_limits[0]), np.array(robot.torque_limits[1])),
        kp=np.array(controller.kp),
        kd=np.array(controller.kd),
        input_min=np.array(controller.input_min),
        input_max=np.array(controller.input_max),
        output_min=np.array(controller.output_min),
        output_max=np.array(controller.output_max),
        initial_joint=np.array(controller.initial_joint),
        initial_orientation=np.array(controller.initial_ee_ori_mat),
        first_state=first_state(controller),
        gripper=type(gripper).__name__,
        gripper_actuators=actuators(model, gripper.actuators),
    )


def first_state(controller: StockPart) -> tuple[Array, ...]:
    """What a controller has read of the arm, with the memory layout that it has there."""
    return tuple(vars(controller)[name].copy("K") for name in STATE)


def actuators(model: mujoco.MjModel, names: list[str]) -> Index:
    """Numbers of actuators."""
    return np.array([int(model.actuator(name).id) for name in names], dtype=int)
