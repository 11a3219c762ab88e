"""Experts for robosuite's tasks that take a thing from above and put it down elsewhere."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from benchmarks.experts import gripper_adapter, panda_gripper, servo
from benchmarks.experts.view import Array, SimulationView
from harness.core.protocols import Expert

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

ATTEMPTS = 3
HOVER = 0.08
"""Height of waypoints over a thing's grasp and over where it goes, m."""
OVER, TURNED = 0.006, 0.04
"""How near (m, rad) the hand comes to its pose over the place before it goes down."""
SETTLE = 8
"""Control steps over the place: the hand gets there at up to 12 mm a step and runs 2 cm past it."""


@dataclass(frozen=True)
class TopDownExpert(Expert):
    """Grasp, raise, carry, lower, let go; again where that failed."""

    body: str
    """The thing's body in robosuite's model."""
    symmetry: float
    """Angle after which the thing looks the same to the fingers, rad."""
    travel: float
    """Height over the place at which it is carried there, m."""
    grasp_height: float = 0.0
    """Of the grip site over the body's origin, m."""

    @abstractmethod
    def place(self, sim: SimulationView) -> Array:
        """Where the body's origin goes, [3] m."""

    def grasp(self, sim: SimulationView) -> tuple[Array, float]:
        """Position [3] m of the grip site and yaw of the fingers, up to `symmetry`."""
        thing = sim.data.body(self.body)
        faces = panda_gripper.finger_yaw(thing.xmat.reshape(3, 3))
        return thing.xpos + [0, 0, self.grasp_height], faces

    def turned(self, sim: SimulationView) -> float:
        """By how much the held thing is turned about the vertical before it is put down, rad."""
        return 0.0

    def actions(self, sim: Simulation, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        """Clean actions [7]; ends after the retreat."""
        return gripper_adapter.adapted(sim, rng, self._actions)

    def _actions(self, sim: SimulationView, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        home_yaw = panda_gripper.finger_yaw(sim.eef_mat)
        for _ in range(ATTEMPTS):
            yield from self._attempt(sim, home_yaw)
            if sim.success():
                return

    def _attempt(self, sim: SimulationView, home_yaw: float) -> Iterator[NDArray[np.float32]]:
        grasp, faces = self.grasp(sim)
        nearest = (faces - home_yaw + self.symmetry / 2) % self.symmetry - self.symmetry / 2
        yaw = home_yaw + nearest
        turn = panda_gripper.level(yaw)
        yield from servo.reach(sim, grasp + [0, 0, HOVER], turn, servo.OPEN, tolerance=0.012)
        yield from servo.reach(sim, grasp, turn, servo.OPEN, tolerance=servo.AT_GRASP, speed=0.6)
        yield from servo.close(sim, grasp, turn)
        high = max(grasp[2], self.place(sim)[2]) + self.travel
        yield from servo.reach(sim, np.array([*grasp[:2], high]), turn, servo.CLOSE)
        angle = self.turned(sim)
        turn = panda_gripper.level(yaw + angle)
        held = Rotation.from_euler("z", angle).apply(sim.eef_pos - sim.data.body(self.body).xpos)
        goal = self.place(sim) + held
        over = np.array([*goal[:2], high])
        yield from servo.reach(sim, over, turn, servo.CLOSE, tolerance=OVER, turn_tolerance=TURNED)
        yield from servo.hold_pose(sim, over, turn, servo.CLOSE, steps=SETTLE)
        yield from servo.descend(sim, goal, turn, servo.CLOSE, servo.AT_GRASP)
        yield from servo.release(sim, goal, turn)
        yield from servo.reach(sim, goal + [0, 0, HOVER], turn, servo.OPEN)
