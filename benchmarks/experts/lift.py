"""The expert for robosuite's Lift: grasps the cube across its faces and raises it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.experts import gripper_adapter, panda_gripper, servo
from benchmarks.experts.view import SimulationView
from harness.core.protocols import Expert

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

HOVER = 0.05
"""Height of the last waypoint over the cube's centre, m."""
LIFT = 0.10
"""Raised by this much; robosuite asks for 4 cm over the table."""
ATTEMPTS = 2


class LiftExpert(Expert):
    """Solves a benchmarks.sim.simulation.Simulation of Lift."""

    def actions(self, sim: Simulation, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        """Clean actions [7]: about 50 steps, ends with the cube in the air."""
        return gripper_adapter.adapted(sim, rng, self._actions)

    def _actions(self, sim: SimulationView, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        home_yaw = panda_gripper.finger_yaw(sim.eef_mat)
        for _ in range(ATTEMPTS):
            cube = sim.data.body(sim.env.cube_body_id)
            quarter = np.pi / 2
            faces = panda_gripper.finger_yaw(cube.xmat.reshape(3, 3))
            yaw = home_yaw + (faces - home_yaw + quarter / 2) % quarter - quarter / 2
            turn, center = panda_gripper.level(yaw), cube.xpos.copy()
            yield from servo.reach(sim, center + [0, 0, HOVER], turn, servo.OPEN, tolerance=0.012)
            yield from servo.reach(sim, center, turn, servo.OPEN, tolerance=servo.AT_GRASP, speed=0.6)
            yield from servo.close(sim, center, turn)
            yield from servo.reach(sim, center + [0, 0, LIFT], turn, servo.CLOSE)
            if sim.success():
                return


EXPERT = LiftExpert()
