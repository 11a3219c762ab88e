"""Robosuite's NutAssemblySquare: the square nut over its peg."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.suites._robosuite import RobosuiteSuite
from harness.core.protocols import Expert


@dataclass(frozen=True)
class SquareSuite(RobosuiteSuite):
    """With its expert."""

    @property
    def expert(self) -> Expert:
        """Solves it with privileged state."""
        from benchmarks.experts.square import EXPERT

        return EXPERT


SUITE = SquareSuite(
    "robosuite_square",
    task="NutAssemblySquare",
    instruction="put the square nut on the square peg",
    max_steps=300,
    moved_object="SquareNut",
)
