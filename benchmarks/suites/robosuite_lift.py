"""Robosuite's Lift with a Panda: the small simulation for smoke runs and continuous integration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.suites._robosuite import RobosuiteSuite
from harness.core.protocols import Expert

if TYPE_CHECKING:
    from benchmarks.build.rebuilt_simulation import RebuiltSimulation
    from benchmarks.sim.compiled_task import Changes
    from benchmarks.sim.simulation import Simulation


@dataclass(frozen=True)
class LiftSuite(RobosuiteSuite):
    """With its expert, and its goal as a predicate that needs no robosuite."""

    @property
    def expert(self) -> Expert:
        """Takes the cube across its faces."""
        from benchmarks.experts.lift import EXPERT

        return EXPERT

    def simulate(self, engine: str) -> Simulation:
        """The compiled task."""
        from benchmarks.build.lift_task import lift_simulation

        return lift_simulation(engine)

    def rebuild(self, own: Simulation, changes: Changes) -> RebuiltSimulation:
        """Lift with another robot, a reshaped cube or objects added. Raises UserError."""
        from benchmarks.build.lift_rebuild import rebuild

        return rebuild(own, changes)


SUITE = LiftSuite(
    "robosuite_lift",
    task="Lift",
    instruction="lift the red cube",
    max_steps=120,
    moved_object="cube",
)
