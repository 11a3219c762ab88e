"""Where fixtures stand: what LIBERO's reset would draw, from plain data and without a reset.

LIBERO samples every object and fixture of a scene one after the other from numpy's global generator. The
official initial states fix the objects but not the fixtures, so the fixtures are drawn again, in the same
order and with the same retries: the poses are those of LIBERO's own reset with the same seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRIES = 5000
"""After so many overlapping places LIBERO gives up (regions/base_region_sampler.py)."""


@dataclass(frozen=True)
class Region:
    """How one object or fixture is placed: position in one of `ranges`, then turned."""

    name: str
    ranges: tuple[tuple[float, float, float, float], ...]
    """x low, x high, y low, y high in metres, about `base`."""
    base: tuple[float, float, float]
    turns: tuple[tuple[float, float], ...]
    """Low and high of every angle that is drawn, rad; a fixed angle has none."""
    radius: float
    bottom: float
    top: float
    apart: bool
    """Drawn again until it overlaps nothing that was placed before."""
    fixed_turn: float = 0.0


@dataclass(frozen=True)
class Placement:
    """What a reset draws before and while it places things, up to the last fixture."""

    noise: int
    """Joints of the robot, whose start pose is drawn first."""
    joints: tuple[tuple[float, float], ...]
    """Ranges of the drawer and knob positions, drawn next."""
    regions: tuple[Region, ...]
    fixtures: frozenset[str]

    def draw(self, seed: int) -> dict[str, NDArray[np.float64]]:
        """Position (m) and wxyz quaternion [7] of every fixture."""
        random = np.random.RandomState(seed)
        random.randn(self.noise)
        for low, high in self.joints:
            random.uniform(low, high)
        placed: list[tuple[float, float, float, Region]] = []
        poses = {}
        for region in self.regions:
            x, y, z = _place(region, placed, random)
            angles = [random.uniform(low, high) for low, high in region.turns] or [region.fixed_turn]
            placed.append((x, y, z, region))
            if region.name in self.fixtures:
                half = angles[0] / 2
                poses[region.name] = np.array([x, y, z, np.cos(half), 0.0, 0.0, np.sin(half)])
        return poses


def _place(
    region: Region, placed: Sequence[tuple[float, float, float, Region]], random: np.random.RandomState
) -> tuple[float, float, float]:
    z = region.base[2] - region.bottom
    for _ in range(TRIES):
        x_low, x_high, y_low, y_high = region.ranges[random.randint(len(region.ranges))]
        x = random.uniform(x_low, x_high) + region.base[0]
        y = random.uniform(y_low, y_high) + region.base[1]
        overlaps = (
            np.linalg.norm((x - other_x, y - other_y)) <= other.radius + region.radius
            and z - other_z <= other.top - region.bottom
            for other_x, other_y, other_z, other in placed
        )
        if not region.apart or not any(overlaps):
            return x, y, z
    raise RuntimeError(f"no place for {region.name} in {TRIES} tries")
