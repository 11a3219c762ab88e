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


class SquareExpert(TopDownExpert):
    """Takes the nut across its handle and turns it until its sides are the peg's."""

    def grasp(self, sim: SimulationView) -> tuple[Array, float]:
        """On the handle, fingers across it."""
        nut = sim.data.body(self.body)
        turn = nut.xmat.reshape(3, 3)
        across = np.column_stack([turn[:, 1], -turn[:, 0], turn[:, 2]])
        return nut.xpos + HANDLE * turn[:, 0], panda_gripper.finger_yaw(across)

    def turned(self, sim: SimulationView) -> float:
        """To the nearest of the four ways in which the nut fits."""
        along = sim.data.body(self.body).xmat.reshape(3, 3)[:, 0]
        yaw = float(np.arctan2(along[1], along[0]))
        return round(yaw / QUARTER) * QUARTER - yaw

    def place(self, sim: SimulationView) -> Array:
        """Around the peg, low enough not to jump off it."""
        peg = sim.data.body("peg1").xpos
        return np.array([*peg[:2], sim.env.workspace_offset[2] + PEG_HEIGHT])


EXPERT = SquareExpert(body="SquareNut_main", symmetry=np.pi, travel=0.12)
