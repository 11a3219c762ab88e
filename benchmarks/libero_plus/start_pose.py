"""LIBERO-Plus's start poses of the arm, and what is left of them in an episode.

The released code puts the arm there at reset, and then LIBERO's initial state puts its joints back. What
stays is what the controller remembers of the reset: for the settling steps the orientation of that pose is
its goal, and for the whole episode its null space pulls towards those joints.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.arm_controller import Arm, ArmController
from benchmarks.sim.simulation import Simulation
from harness.core.errors import UserError

POSE = re.compile(
    r"^class (?:MountedPanda|OnTheGroundPanda)(\d+)\(.*?return np\.array\((\[[^\]]*\])\)", re.M | re.S
)


@cache
def poses(file: Path) -> dict[int, NDArray[np.float64]]:
    """Number -> joints [7] rad, in a file of the released robots."""
    return {int(number): np.array(ast.literal_eval(text)) for number, text in POSE.findall(file.read_text())}


def remember(sim: Simulation, joints: NDArray[np.float64]) -> None:
    """Give `sim`, which is at an initial state, a controller that was reset with the arm at `joints`.

    Raises UserError for the reference engine, whose controller is robosuite's own.
    """
    if sim.engine != "fast":
        raise UserError("start poses of LIBERO-Plus need --engine fast")
    sim.controller = ArmController(arm_at(sim.model, sim.task.arm, joints), sim.model, sim.data)


def arm_at(model: mujoco.MjModel, arm: Arm, joints: NDArray[np.float64]) -> Arm:
    """`arm` as robosuite's controller reads it with its joints at `joints` and everything at rest.

    It reads it before the fingers are opened.
    """
    data = mujoco.MjData(model)
    data.qpos[arm.qpos_index] = joints
    data.qpos[arm.gripper_joints] = 0.0
    mujoco.mj_forward(model, data)
    jacobian, inertia = np.zeros((2, 3, model.nv)), np.zeros((model.nv, model.nv))
    mujoco.mj_jacSite(model, data, jacobian[0], jacobian[1], arm.site)
    mujoco.mj_fullM(model, inertia, data.qM)
    position, rotation = data.site_xpos[arm.site].copy(), data.site_xmat[arm.site].reshape(3, 3).copy()
    linear, angular = jacobian[:, :, arm.qvel_index]
    still = np.zeros(len(joints))
    read = (
        *(position, rotation, np.zeros(3), np.zeros(3), joints, still),
        *(
            linear,
            angular,
            np.concatenate([linear, angular]),
            inertia[np.ix_(arm.qvel_index, arm.qvel_index)],
        ),
    )
    first = tuple(_as(new, old) for new, old in zip(read, arm.first_state, strict=True))
    return replace(arm, initial_joint=joints.copy(), initial_orientation=rotation, first_state=first)


def _as(values: NDArray[np.float64], like: NDArray[np.float64]) -> NDArray[np.float64]:
    """`values` with the memory layout of `like`, on which the last bit of a product depends."""
    found = np.empty_like(like)
    found[...] = values
    return found
