"""Where fixtures stand: what LIBERO's reset would draw, from plain data and without a reset.

LIBERO samples every object and fixture of a scene one after the other from numpy's global generator. The
official initial states fix the objects but not the fixtures, so the fixtures are drawn again, in the same
order and with the same retries: the poses are those of LIBERO's own reset with the same seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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


def placement_of(env: Any) -> Placement | None:
    """The fixtures' placement in a LIBERO environment; None where it cannot be expressed."""
    fixtures = frozenset(getattr(env, "fixtures_dict", {}))
    if not fixtures:
        return Placement(0, (), (), fixtures)
    samplers = list(env.placement_initializer.samplers.values())
    names = [sampler.mujoco_objects[0].name for sampler in samplers]
    single = all(len(sampler.mujoco_objects) == 1 for sampler in samplers)
    if not single or not fixtures <= set(names):
        return None
    last = max(names.index(name) for name in fixtures)
    regions = tuple(_region(sampler) for sampler in samplers[: last + 1])
    turned = [samplers[names.index(name)] for name in fixtures]
    if any(hasattr(each.mujoco_objects[0], "init_quat") or each.rotation_axis != "z" for each in turned):
        return None
    joints = tuple(tuple(map(float, sampler.joint_ranges)) for sampler in env.object_property_initializers)
    return Placement(len(env.robots[0].init_qpos), joints, regions, fixtures)  # type: ignore[arg-type]


def _region(sampler: Any) -> Region:
    thing = sampler.mujoco_objects[0]
    inset = float(thing.horizontal_radius) if sampler.ensure_object_boundary_in_range else 0.0
    ranges = tuple(
        (float(x[0]) + inset, float(x[1]) - inset, float(y[0]) + inset, float(y[1]) - inset)
        for x, y in zip(sampler.x_ranges, sampler.y_ranges, strict=True)
    )
    base = (*map(float, sampler.reference_pos[:2]), sampler.z_offset + float(sampler.reference_pos[2]))
    turns, fixed = _turns(sampler.rotation)
    return Region(
        thing.name,
        ranges,
        base,
        turns,
        float(thing.horizontal_radius),
        float(thing.bottom_offset[-1]),
        float(thing.top_offset[-1]),
        bool(sampler.ensure_valid_placement),
        fixed,
    )


def _turns(rotation: Any) -> tuple[tuple[tuple[float, float], ...], float]:
    """The angles drawn for a sampler's `rotation`, and the angle where none is."""
    if rotation is None:
        return ((0.0, 2 * np.pi),), 0.0
    if isinstance(rotation, dict):
        return tuple((float(min(span)), float(max(span))) for span in rotation.values()), 0.0
    if isinstance(rotation, int | float):
        return (), float(rotation)
    return ((float(min(rotation)), float(max(rotation))),), 0.0
