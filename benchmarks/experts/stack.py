"""The expert for robosuite's Stack: sets the red cube on the green one."""

from __future__ import annotations

import numpy as np

from benchmarks.experts.top_down import TopDownExpert
from benchmarks.experts.view import Array, SimulationView

CLEARANCE = 0.003
"""Over the lower cube when the upper one is let go, m."""


class StackExpert(TopDownExpert):
    """Takes the cube across its faces."""

    def place(self, sim: SimulationView) -> Array:
        """On the lower cube."""
        below = sim.data.body("cubeB_main").xpos
        heights = [sim.model.geom(f"{name}_g0").size[2] for name in ("cubeA", "cubeB")]
        return np.array(below + [0, 0, sum(heights) + CLEARANCE])


EXPERT = StackExpert(body="cubeA_main", symmetry=np.pi / 2, travel=0.1)
