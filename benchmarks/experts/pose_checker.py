"""Checks whether the arm reaches a pose, and what it would touch there, on a scratch copy of the state."""

from __future__ import annotations

import mujoco
import numpy as np

from benchmarks.experts.servo import rotation_error
from benchmarks.experts.view import Array, SimulationView

ITERATIONS = 60
DAMPING = 0.02
"""Of the least-squares step; keeps it small near singular postures."""
POSTURE_GAIN = 0.1
"""Pull towards the start posture inside the null space, as the arm's controller has it."""
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
        self._low, self._high = low + LIMIT_MARGIN, high - LIMIT_MARGIN
        self.site, self.joints, self.columns = controller.site, controller.qpos_index, controller.qvel_index
        self.rest = controller.initial_joint
        self.fingers = sim.gripper_joints
        root = self.model.body_rootid[self.model.site_bodyid[controller.site]]
        self._is_robot = self.model.body_rootid[self.model.geom_bodyid] == root

    def contacts(self, position: Array, rotation: Array, opening: float) -> int:
        """Contacts of the robot with other things when the grip site has this pose; UNREACHABLE if it cannot.

        `opening` is the distance of each finger from the middle, m. The posture that is reached is the start
        of the next call.
        """
        self.data.qpos[self.fingers] = np.array([opening, -opening])
        if not self._solve(position, rotation):
            return UNREACHABLE
        mujoco.mj_collision(self.model, self.data)
        return sum(
            bool(self._is_robot[contact.geom1] != self._is_robot[contact.geom2])
            for contact in self.data.contact
            if contact.dist < 0.0
        )

    def strain(self) -> float:
        """Largest turn of a joint away from the start posture, rad."""
        return float(np.abs(self.data.qpos[self.joints] - self.rest).max())

    def _solve(self, position: Array, rotation: Array) -> bool:
        jac = np.zeros((2, 3, self.model.nv))
        for _ in range(ITERATIONS):
            mujoco.mj_kinematics(self.model, self.data)
            mujoco.mj_comPos(self.model, self.data)
            turn = self.data.site_xmat[self.site].reshape(3, 3)
            error = np.concatenate(
                [position - self.data.site_xpos[self.site], rotation_error(rotation, turn)]
            )
            if np.linalg.norm(error[:3]) < 0.002 and np.linalg.norm(error[3:]) < 0.02:
                return True
            mujoco.mj_jacSite(self.model, self.data, jac[0], jac[1], self.site)
            matrix = jac.reshape(6, -1)[:, self.columns]
            inverse = matrix.T @ np.linalg.inv(matrix @ matrix.T + DAMPING**2 * np.eye(6))
            now = self.data.qpos[self.joints]
            back = POSTURE_GAIN * (self.rest - now)
            step = inverse @ error + back - inverse @ (matrix @ back)
            step *= min(1.0, 0.3 / max(1e-9, np.abs(step).max()))
            self.data.qpos[self.joints] = np.clip(now + step, self._low, self._high)
        return False
