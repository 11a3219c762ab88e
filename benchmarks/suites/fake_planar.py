"""The fake suite with one camera, four numbers of state and three of action."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.suites.fake import FakeSuite
from harness.core.specs import Interface


@dataclass(frozen=True)
class PlanarSuite(FakeSuite):
    """Another interface than LIBERO's, for policies that are not built for it."""

    name: str = "fake_planar"

    @property
    def gives(self) -> Interface:
        """Cameras, state and actions of the plane."""
        from benchmarks.suites._point import PLANAR

        return PLANAR


SUITE = PlanarSuite()
