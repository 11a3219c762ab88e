"""A control step as one compiled function: physics, operational-space control and gripper without Python.

The functions of MuJoCo's shared library are called where the bindings loaded them. They are found by name,
not by address, so that numba can keep the compiled function on disk for the next process. A fatal error of
MuJoCo (its memory for contacts is exhausted) ends the process; from Python it would be an exception.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any, NamedTuple

import mujoco
import numba
import numpy as np
from llvmlite import binding
from numba import types
from numpy.typing import NDArray

from benchmarks.assets.libero_setup import quiet_robosuite

quiet_robosuite()

from robosuite.utils.control_utils import (  # noqa: E402  (imported quietly)
    nullspace_torques,
    opspace_matrices,
    orientation_error,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_MUJOCO = ctypes.CDLL(str(next(Path(mujoco.__file__).parent.glob("libmujoco*"))))
"""The library that the bindings are linked with, loaded already: opening it again gives the same one."""


def _function(name: str, *arguments: types.Type) -> Any:
    """A function of MuJoCo's shared library that returns nothing. Raises ImportError where it is missing."""
    try:
        function = _MUJOCO[name]
    except AttributeError as error:
        raise ImportError(f"mujoco {mujoco.__version__} lacks {name}; install requirements.txt") from error
    binding.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
    return types.ExternalFunction(name, types.void(*arguments))


_POINTER = types.uintp
_step1 = _function("mj_step1", _POINTER, _POINTER)
_check_acceleration = _function("mj_checkAcc", _POINTER, _POINTER)
_integrate = _function("mj_Euler", _POINTER, _POINTER)
_forward_skip = _function("mj_forwardSkip", _POINTER, _POINTER, types.intc, types.intc)
_solve_constraints = _function("mj_fwdConstraint", _POINTER, _POINTER)
_site_jacobian = _function("mj_jacSite", _POINTER, _POINTER, _POINTER, _POINTER, types.intc)
_VELOCITY = int(mujoco.mjtStage.mjSTAGE_VEL)


def address(structure: mujoco.MjModel | mujoco.MjData) -> int:
    """Where the C structure of a model or of its data is.

    The bindings have no public name for it, and a compiled function cannot use their objects
    (tests/benchmarks/test_osc_kernel.py fails once they have one, or once this is another number).
    """
    return int(structure._address)


class Plant(NamedTuple):
    """Where the arm's numbers are in MuJoCo's memory, and the constants of its controller."""

    model: int  # addresses of mjModel and mjData
    data: int
    qpos: Array  # views of mjData
    qvel: Array
    ctrl: Array
    bias: Array
    inertia: Array  # mjData's qM
    position: Array  # of the grip site
    orientation: Array
    site: int
    jac: Array  # [2, 3, nv], room for the grip site's Jacobian
    qpos_index: Index
    qvel_index: Index
    inertia_index: Index
    """[joints, joints] into `inertia`, counted from 1; 0 where the mass matrix is always zero."""
    actuators: Index
    low: Array  # torque limits
    high: Array
    kp: Array
    kd: Array
    initial_joint: Array
    gripper_actuators: Index
    gripper_bias: Array
    gripper_weight: Array
    gripper_stride: Array
    """How far a gripper's actuators go in one substep of closing, in [-1, 1]."""


class ArmState(NamedTuple):
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


class Goal(NamedTuple):
    """What an action asks for, and how far the gripper has gone."""

    position: Array  # [3] m
    orientation: Array  # [3, 3]
    gripper: Array  # in [-1, 1], one number per actuator; changes with every substep


@numba.njit(cache=True, nogil=True)
def hold(plant: Plant, now: ArmState, goal: Goal, closing: float, count: int, fresh: bool) -> None:
    """Run `count` physics steps towards `goal`; `mj_step1` of the first was run already.

    With `fresh`, the first step uses `now` as it is. The gripper closes, stays or opens with the sign of
    `closing`.
    """
    model, data = plant.model, plant.data
    for index in range(count):
        if index > 0:
            _step1(model, data)
        # Solve the constraints as often as the stock loop's two `mj_forward` do: each leaves a warm start
        # behind that changes the last digits of the next solution, and contacts amplify digits.
        _forward_skip(model, data, _VELOCITY, 1)
        if index > 0 or not fresh:
            _solve_constraints(model, data)
            _read(plant, now)
        torques = np.minimum(np.maximum(_torques(plant, now, goal), plant.low), plant.high)
        for joint, actuator in enumerate(plant.actuators):
            plant.ctrl[actuator] = torques[joint]
        _grip(plant, goal.gripper, np.sign(closing))
        # What `mj_step2` does, without the forces at the sensors, which cost 3% and which nobody reads.
        _forward_skip(model, data, _VELOCITY, 1)
        _check_acceleration(model, data)
        _integrate(model, data)


@numba.njit(cache=True, nogil=True)
def _grip(plant: Plant, gripper: Array, sign: float) -> None:
    for finger, actuator in enumerate(plant.gripper_actuators):
        moved = gripper[finger] + plant.gripper_stride[finger] * sign
        gripper[finger] = np.minimum(np.maximum(moved, -1.0), 1.0)
        command = plant.gripper_bias[finger] + plant.gripper_weight[finger] * gripper[finger]
        plant.ctrl[actuator] = command


@numba.njit(cache=True, nogil=True)
def _read(plant: Plant, now: ArmState) -> None:
    now.position[:] = plant.position
    now.orientation[:] = plant.orientation
    linear, angular = plant.jac[0], plant.jac[1]
    _site_jacobian(plant.model, plant.data, linear.ctypes.data, angular.ctypes.data, plant.site)
    # All columns enter the velocity, as in robosuite: leaving zeros out would change the rounding.
    np.dot(linear, plant.qvel, now.linear_velocity)
    np.dot(angular, plant.qvel, now.angular_velocity)
    for joint, dof in enumerate(plant.qvel_index):
        now.joints[joint] = plant.qpos[plant.qpos_index[joint]]
        now.joint_velocities[joint] = plant.qvel[dof]
        for axis in range(3):
            now.jac_position[axis, joint] = now.jac[axis, joint] = linear[axis, dof]
            now.jac_orientation[axis, joint] = now.jac[3 + axis, joint] = angular[axis, dof]
        for other, place in enumerate(plant.inertia_index[joint]):
            now.mass[joint, other] = plant.inertia[place - 1] if place else 0.0


@numba.njit(cache=True, nogil=True)
def _torques(plant: Plant, now: ArmState, goal: Goal) -> Array:
    kp, kd = plant.kp, plant.kd
    force = (goal.position - now.position) * kp[:3] + -now.linear_velocity * kd[:3]
    turn = orientation_error(goal.orientation, now.orientation)
    torque = turn * kp[3:] + -now.angular_velocity * kd[3:]
    _, position, rotation, nullspace = opspace_matrices(
        now.mass, now.jac, now.jac_position, now.jac_orientation
    )
    wrench = np.empty(6)
    wrench[:3] = np.dot(position, force)
    wrench[3:] = np.dot(rotation, torque)
    rest = nullspace_torques(now.mass, nullspace, plant.initial_joint, now.joints, now.joint_velocities)
    return np.dot(now.jac.T, wrench) + plant.bias[plant.qvel_index] + rest
