"""Take an object: plan a grasp, go there, close, lift, and see whether it came along."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from benchmarks.experts import grasps, heightmap, servo
from benchmarks.experts.grasps import Grasp
from benchmarks.experts.scene import Scene

Array = NDArray[np.float64]
Picking = Generator[NDArray[np.float32], None, bool]

HOVER = 0.06
"""Height of the last waypoint over a grasp, m."""
LIFT = 0.05
"""First straight lift, after which the object's pose in the hand is measured, m."""
SLIDE = 0.008
"""Height at which an object is drawn out from under something, m."""
MAX_SLIDE = 0.15
"""Longest way out, m."""
ASIDE_CELL = 0.01
"""Cell of the map of what hangs over an object, m."""
HAND_RADIUS = 0.07
"""Half width kept free around an empty hand in travel, m."""


def pick(scene: Scene, name: str, home_yaw: float, rng: np.random.Generator, attempts: int = 2) -> Picking:
    """Grasp and lift `name`; returns True when it hangs in the gripper."""
    failed: list[Grasp] = []
    for _ in range(attempts):
        options = [option for option in grasps.plan(scene, name, home_yaw, rng) if _is_new(option, failed)]
        if not options:
            return False
        yield from take(scene, name, options[0])
        if holds(scene, name):
            return True
        failed.append(options[0])
        up = scene.sim.eef_pos + [0, 0, 0.06]
        yield from servo.reach(scene.sim, up, scene.sim.eef_mat, servo.OPEN, limit=servo.GRIP_STEPS)
    return False


def approach(scene: Scene, grasp: Grasp) -> servo.Actions:
    """Come from above and close the gripper."""
    sim, turn = scene.sim, grasp.rotation
    hover = grasp.position + [0, 0, HOVER]
    yield from servo.travel(
        sim, scene.obstacles(), hover, turn, servo.OPEN, hang=0.01, radius=HAND_RADIUS, tolerance=0.015
    )
    yield from servo.reach(sim, grasp.position, turn, servo.OPEN, tolerance=servo.AT_GRASP, speed=0.6)
    yield from servo.close(sim, grasp.position, turn)


def take(scene: Scene, name: str, grasp: Grasp) -> servo.Actions:
    """Approach, close, draw the object out from under what hangs over it, lift by `LIFT`."""
    sim, turn = scene.sim, grasp.rotation
    yield from approach(scene, grasp)
    load, others = scene.points(name), scene.others(name)
    aside = way_out(load, others[others[:, 2] > load[:, 2].max() + 0.01])
    if aside.any():
        low = grasp.position + aside + [0, 0, SLIDE]
        yield from servo.reach(sim, low, turn, servo.CLOSE, tolerance=0.015, speed=0.6)
    yield from servo.reach(sim, grasp.position + aside + [0, 0, LIFT], turn, servo.CLOSE)


def way_out(load: Array, cover: Array) -> Array:
    """Shortest level shift [3] m that brings `load` [n, 3] out from under `cover` [m, 3].

    Zeros if it is free already, or if no shift of at most `MAX_SLIDE` frees it.
    """
    return next(free_shifts(load, cover), np.zeros(3))


def free_shifts(load: Array, cover: Array) -> Iterator[Array]:
    """Level shifts [3] m of `load` [n, 3], shortest first, after which it is 1 cm clear of `cover` [m, 3]."""
    center, reach = load[:, :2].mean(axis=0), int(MAX_SLIDE / ASIDE_CELL)
    covered = np.isfinite(heightmap.top(cover, center, 2 * MAX_SLIDE, cell=ASIDE_CELL))
    covered = binary_dilation(covered)
    rows, columns = np.nonzero(np.isfinite(heightmap.top(load, center, MAX_SLIDE, cell=ASIDE_CELL)))
    steps = np.arange(-reach, reach + 1)
    shifts = np.array([(dx, dy) for dx in steps for dy in steps])
    for dx, dy in shifts[np.argsort(np.hypot(*shifts.T), kind="stable")]:
        if not covered[rows + reach + dx, columns + reach + dy].any():
            yield np.array([dx * ASIDE_CELL, dy * ASIDE_CELL, 0.0])


def holds(scene: Scene, name: str) -> bool:
    """True while `name` is near the fingertips and they are kept apart by something."""
    apart = servo.opening(scene.sim) > 0.001
    gap = np.linalg.norm(scene.points(name) - scene.sim.eef_pos, axis=1).min()
    return apart and bool(gap < 0.03)


def _is_new(option: Grasp, failed: list[Grasp]) -> bool:
    return all(
        np.linalg.norm(option.position - other.position) > 0.02 or abs(option.yaw - other.yaw) > 0.4
        for other in failed
    )
