"""How LIBERO's samplers place things, read into plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.sim.placement import Placement, Region
from benchmarks.sim.robosuite_binding import StockEnv, StockPart

Rotation = float | Sequence[float] | Mapping[str, Sequence[float]] | None
"""An angle, its range, ranges by axis, or any angle, as LIBERO's samplers have it."""


def placement_of(env: StockEnv) -> Placement | None:
    """The fixtures' placement in a LIBERO environment; None where it cannot be expressed."""
    fixtures = frozenset(env.fixtures_dict)
    if not fixtures:
        return Placement(0, (), (), fixtures)
    if not hasattr(env.placement_initializer, "samplers"):  # robosuite's own, of one thing
        return None
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


def _region(sampler: StockPart) -> Region:
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


def _turns(rotation: Rotation) -> tuple[tuple[tuple[float, float], ...], float]:
    """The angles drawn for a sampler's `rotation`, and the angle where none is."""
    if rotation is None:
        return ((0.0, 2 * np.pi),), 0.0
    if isinstance(rotation, Mapping):
        return tuple((float(min(span)), float(max(span))) for span in rotation.values()), 0.0
    if isinstance(rotation, int | float):
        return (), float(rotation)
    return ((float(min(rotation)), float(max(rotation))),), 0.0
