"""Checks whether the arm reaches a pose, and what it would touch there, on a scratch copy of the state."""

from __future__ import annotations

import mujoco
import numpy as np

from benchmarks.experts.view import Array, SimulationView
from benchmarks.sim import inverse_kinematics
from benchmarks.sim.inverse_kinematics import Chain, Search

SEARCH = Search(iterations=60, tolerance=(0.002, 0.02), damping=0.02**2, step_limit=0.3, rest_gain=0.1)
"""The rest posture is the arm's start, towards which its controller pulls in the null space, too."""
LIMIT_MARGIN = 0.02
"""Joints keep this far from their limits, rad."""
UNREACHABLE = 1000
"""Count of contacts that stands for a pose out of reach."""


class PoseChecker:
    """A copy of the robot among the scene's objects as they stand now."""

    def __init__(self, sim: SimulationView) -> None:
        """Copy the present state of `sim`."""
        self.model = sim.model
        self.data = mujoco.MjData(sim.model)
        self.data.qpos[:] = sim.data.qpos
        controller = sim.controller
        low, high = self.model.jnt_range[self.model.dof_jntid[controller.qvel_index]].T
        self.chain = Chain(
            controller.site,
            controller.qpos_index,
            controller.qvel_index,
            low + LIMIT_MARGIN,
            high - LIMIT_MARGIN,
        )
        self.rest = controller.initial_joint
        self.fingers = sim.gripper_joints
        root = self.model.body_rootid[self.model.site_bodyid[controller.site]]
        self._roots = self.model.body_rootid[self.model.geom_bodyid]
        self._is_robot = self._roots == root
        self._carried: tuple[int, Array, Array] | None = None

    def carry(self, body: int, position: Array, rotation: Array) -> None:
        """Let the free `body` stick to the grip site, at this pose in its frame, and count as robot."""
        address = int(self.model.jnt_qposadr[self.model.body_jntadr[body]])
        self._carried = address, position, rotation
        robot = self.model.body_rootid[self.model.site_bodyid[self.chain.site]]
        self._is_robot = (self._roots == robot) | (self._roots == self.model.body_rootid[body])

    def contacts(self, position: Array, rotation: Array, opening: float, ignored: int = -1) -> int:
        """Contacts of the robot with other things when the grip site has this pose; UNREACHABLE if it cannot.

        `opening` is the distance of each finger from the middle, m; contacts with the body `ignored` do not
        count. The posture that is reached is the start of the next call.
        """
        self.data.qpos[self.fingers] = np.array([opening, -opening])
        meters, radians = inverse_kinematics.solve(
            self.model, self.data, self.chain, SEARCH, position, rotation, self.rest
        )
        if meters >= SEARCH.tolerance[0] or radians >= SEARCH.tolerance[1]:
            return UNREACHABLE
        if self._carried is not None:
            address, offset, turn = self._carried
            quaternion = np.empty(4)
            mujoco.mju_mat2Quat(quaternion, (rotation @ turn).ravel())
            self.data.qpos[address : address + 7] = [*(position + rotation @ offset), *quaternion]
            mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_collision(self.model, self.data)
        return sum(
            bool(self._is_robot[contact.geom1] != self._is_robot[contact.geom2])
            for contact in self.data.contact
            if contact.dist < 0.0 and ignored not in self.model.geom_bodyid[[contact.geom1, contact.geom2]]
        )

    def strain(self) -> float:
        """Largest turn of a joint away from the start posture, rad."""
        return float(np.abs(self.data.qpos[self.chain.qpos_index] - self.rest).max())
