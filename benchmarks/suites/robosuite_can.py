"""Robosuite's PickPlaceCan: the can from one bin into its compartment of the other."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.suites._robosuite import RobosuiteSuite
from harness.core.protocols import Expert


@dataclass(frozen=True)
class CanSuite(RobosuiteSuite):
    """With its expert."""

    @property
    def expert(self) -> Expert:
        """Solves it with privileged state."""
        from benchmarks.experts.can import EXPERT

        return EXPERT


SUITE = CanSuite(
    "robosuite_can",
    task="PickPlaceCan",
    instruction="put the can into the bin",
    max_steps=300,
    moved_object="Can",
)
