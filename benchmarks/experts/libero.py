"""The expert for LIBERO's tasks: planned from the task file's goal, nothing is known per task."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.experts import gripper_adapter, planner

MAX_STEPS = 300
"""Control steps after which the expert gives up: longer demonstrations teach detours."""


class LiberoExpert:
    """Implements harness.core.protocols.Expert on a benchmarks.sim.simulation.Simulation of a LIBERO task."""

    def actions(self, sim: Any, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        """Clean actions [7], at most `MAX_STEPS`; ends after release and retreat."""
        return islice(gripper_adapter.translated(sim, rng, planner.actions), MAX_STEPS)


EXPERT = LiberoExpert()
