"""The expert for robosuite's PickPlaceCan: drops the can into its bin."""

from __future__ import annotations

import numpy as np

from benchmarks.experts.top_down import TopDownExpert
from benchmarks.experts.view import Array, SimulationView

DROP = 0.09
"""Of the can's middle over the bin's floor when it is let go, m."""


class CanExpert(TopDownExpert):
    """Takes the can across its middle."""

    def place(self, sim: SimulationView) -> Array:
        """Over the middle of the compartment that robosuite marks for cans."""
        env = sim.env
        return np.array(env.target_bin_placements[env.object_to_id["can"]]) + [0, 0, DROP]


EXPERT = CanExpert(body="Can_main", symmetry=np.pi / 2, travel=0.2, grasp_height=0.01)
