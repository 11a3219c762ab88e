"""A task compiled again for a variation: another robot, reshaped or additional objects, same episode."""

from __future__ import annotations

from collections.abc import Callable

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.compiled_task import Changes, CompiledTask
from benchmarks.sim.robosuite_binding import StockEnv
from benchmarks.sim.simulation import Simulation

PANDA_OPENING = 0.04
"""Joint of each finger of the open Panda gripper, m: what policies know as open."""

GRIP_STEPS = 15
"""Control steps in which every gripper opens or closes fully."""

CLEARANCE = 0.001
"""Air left under an object that stands where another stood, m."""


class RebuiltSimulation(Simulation):
    """Takes each episode's initial state from the task's own model; joints are matched by name."""

    def __init__(self, task: CompiledTask, env: StockEnv, changes: Changes) -> None:
        """Drive `task` of `env` from its start pose: what the task's own model lacks stays as it is there.

        `changes` is what was built otherwise.
        """
        start = env.sim.data.qpos.copy()
        super().__init__(task, env=env)
        # A simulation begins at MuJoCo's zero pose, where no arm starts.
        self.data.qpos[:] = self._start = start
        mujoco.mj_forward(self.model, self.data)
        self.changes = changes
        self._otherwise: dict[str, float] = {}
        self.has_panda_gripper = task.description.arm.gripper == "PandaGripper"
        self.open_joints = self.closed_joints = self._start[self.gripper_joints]
        if not self.has_panda_gripper:
            self.closed_joints, self.open_joints = self._gripper_at(1.0), self._gripper_at(-1.0)

    def follow(self, own: Simulation) -> None:
        """Start the episode at which the task's own simulation stands: same objects, same fixtures."""
        qpos, qvel = self._start.copy(), np.zeros(self.model.nv)
        for joint in range(own.model.njnt):
            name = own.model.joint(joint).name
            known = mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_JOINT, name) >= 0
            if not known or self._is_of_other_robot(name):
                continue
            qpos[span(self.model, name)] = own.data.qpos[span(own.model, name)]
            qvel[span(self.model, name, speed=True)] = own.data.qvel[span(own.model, name, speed=True)]
        for name, higher in self._otherwise.items():
            place = qpos[span(self.model, name)]
            place[2] += higher
            place[3:] = self._start[span(self.model, name)][3:]
        self.load_recorded(np.concatenate([[own.data.time], qpos, qvel]), own.fixture_poses())

    def start_height(self, joint: str) -> float:
        """Height m at which an object that the task's own model lacks starts."""
        return float(self._start[span(self.model, joint)][2])

    def set_start_height(self, joint: str, height: float) -> None:
        """Let it start at another height."""
        self._start[span(self.model, joint)][2] = height

    def stand_otherwise(self, joint: str, higher: float) -> None:
        """Begin with an object turned as it is at the start pose, its origin `higher` m than in the task's
        own model: another kind of object stands there."""
        self._otherwise[joint] = higher + CLEARANCE

    def gripper_of(self, data: mujoco.MjData) -> NDArray[np.float64]:
        """Two finger joints [2] m as the Panda's: how far open any gripper is, on the Panda's scale."""
        if self.has_panda_gripper:
            return super().gripper_of(data)
        travel = self.open_joints - self.closed_joints
        moving = np.abs(travel) > 0.2 * np.abs(travel).max()
        way = (data.qpos[self.gripper_joints] - self.closed_joints)[moving] / travel[moving]
        opening = PANDA_OPENING * float(np.clip(way.mean(), 0.0, 1.0))
        return np.array([opening, -opening])

    def _gripper_at(self, command: float) -> NDArray[np.float64]:
        for _ in range(GRIP_STEPS):
            self.step(np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, command]))
        return self.data.qpos[self.gripper_joints].copy()

    def _is_of_other_robot(self, joint: str) -> bool:
        """Joints of another arm may have the same names as the Panda's, but other meanings."""
        robot = self.env.robots[0]
        return (not robot.name.endswith("Panda") and joint in robot.robot_joints) or (
            not self.has_panda_gripper and joint in robot.gripper.joints
        )


Rebuild = Callable[[Simulation, Changes], RebuiltSimulation]
"""Compiles the task of a simulation again with changes."""


def span(model: mujoco.MjModel, joint: str, speed: bool = False) -> slice:
    """Where a joint's numbers are in qpos, or with `speed` in qvel."""
    number = model.joint(joint).id
    free, ball = mujoco.mjtJoint.mjJNT_FREE, mujoco.mjtJoint.mjJNT_BALL
    kind = model.jnt_type[number]
    if speed:
        count = 6 if kind == free else 3 if kind == ball else 1
        start = int(model.jnt_dofadr[number])
    else:
        count = 7 if kind == free else 4 if kind == ball else 1
        start = int(model.jnt_qposadr[number])
    return slice(start, start + count)
