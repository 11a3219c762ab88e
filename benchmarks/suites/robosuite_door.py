"""Robosuite's Door: pressed by its handle and pulled open."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.suites._robosuite import RobosuiteSuite
from harness.core.protocols import Expert


@dataclass(frozen=True)
class DoorSuite(RobosuiteSuite):
    """With its expert."""

    @property
    def expert(self) -> Expert:
        """Solves it with privileged state."""
        from benchmarks.experts.door_handle import EXPERT

        return EXPERT


SUITE = DoorSuite(
    "robosuite_door",
    task="Door",
    instruction="open the door",
    max_steps=300,
)
