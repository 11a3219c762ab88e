"""The expert for LIBERO's tasks: plans from the task file's goal and knows nothing of single tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.experts import gripper_adapter, planner
from harness.core.protocols import Expert

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation


class LiberoExpert(Expert):
    """Solves a benchmarks.sim.simulation.Simulation of a LIBERO task."""

    def actions(self, sim: Simulation, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        """Clean actions [7]; ends after release and retreat. Who acts on them minds the step budget."""
        return gripper_adapter.adapted(sim, rng, planner.actions)


EXPERT = LiberoExpert()
