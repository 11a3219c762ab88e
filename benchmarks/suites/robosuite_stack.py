"""Robosuite's Stack: the red cube onto the green one."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.suites._robosuite import RobosuiteSuite
from harness.core.protocols import Expert


@dataclass(frozen=True)
class StackSuite(RobosuiteSuite):
    """With its expert."""

    @property
    def expert(self) -> Expert:
        """Solves it with privileged state."""
        from benchmarks.experts.stack import EXPERT

        return EXPERT


SUITE = StackSuite(
    "robosuite_stack",
    task="Stack",
    instruction="stack the red cube on the green cube",
    max_steps=250,
    moved_object="cubeA",
)
