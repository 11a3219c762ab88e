"""The expert for robosuite's NutAssemblySquare: sets the square nut over its peg."""

from __future__ import annotations

import numpy as np

from benchmarks.experts import panda_gripper
from benchmarks.experts.top_down import TopDownExpert
from benchmarks.experts.view import Array, SimulationView

HANDLE = 0.062
"""Distance of the grasp from the nut's middle, along the handle, m."""
PEG_HEIGHT = 0.03
"""Of the nut over the table when it is let go, around the peg, m."""
QUARTER = np.pi / 2
BASE = "robot0_base"
"""Body of the arm that stands still."""


class SquareExpert(TopDownExpert):
    """Takes the nut across its handle and turns it until its sides are the peg's."""

    def grasp(self, sim: SimulationView) -> tuple[Array, float]:
        """On the handle, fingers across it."""
        nut = sim.data.body(self.body)
        turn = nut.xmat.reshape(3, 3)
        across = np.column_stack([turn[:, 1], -turn[:, 0], turn[:, 2]])
        return nut.xpos + HANDLE * turn[:, 0], panda_gripper.finger_yaw(across)

    def turned(self, sim: SimulationView) -> float:
        """To the nearest way in which the nut fits and the hand, at its handle, is within reach."""
        along = sim.data.body(self.body).xmat.reshape(3, 3)[:, 0]
        yaw = float(np.arctan2(along[1], along[0]))
        away = (sim.data.body("peg1").xpos - sim.data.body(BASE).xpos)[:2]
        beyond = round(float(np.arctan2(away[1], away[0])) / QUARTER)
        nearest = round(yaw / QUARTER)
        if (nearest - beyond) % 4 == 0:
            nearest += 1 if yaw > nearest * QUARTER else -1
        return nearest * QUARTER - yaw

    def place(self, sim: SimulationView) -> Array:
        """Around the peg, low enough not to jump off it."""
        peg = sim.data.body("peg1").xpos
        return np.array([*peg[:2], sim.env.workspace_offset[2] + PEG_HEIGHT])


EXPERT = SquareExpert(body="SquareNut_main", symmetry=np.pi, travel=0.16)
