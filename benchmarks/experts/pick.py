"""Pick an object: plan a grasp, go there, close, lift, and check that it is held."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from benchmarks.experts import clear_space, grasps, servo
from benchmarks.experts.grasps import Grasp
from benchmarks.experts.scene import Scene
from benchmarks.experts.view import Array

Picking = Generator[NDArray[np.float32], None, bool]

HOVER = 0.06
"""Height of the last waypoint over a grasp, m."""
LIFT = 0.05
"""First straight lift, after which the object's pose in the hand is measured, m."""
HAND_RADIUS = 0.07
"""Half width kept free around an empty hand in travel, m."""


def pick(scene: Scene, name: str, home_yaw: float, rng: np.random.Generator, attempts: int = 2) -> Picking:
    """Grasp and lift `name`; returns True when it hangs in the gripper."""
    failed: list[Grasp] = []
    for _ in range(attempts):
        planned = grasps.plan(scene, name, home_yaw, rng)
        candidates = [grasp for grasp in planned if _is_new(grasp, failed)]
        if not candidates:
            return False
        yield from grasp_and_lift(scene, name, candidates[0])
        if is_held(scene, name):
            return True
        failed.append(candidates[0])
        up = scene.sim.eef_pos + [0, 0, 0.06]
        yield from servo.reach(scene.sim, up, scene.sim.eef_mat, servo.OPEN, limit=servo.GRIP_STEPS)
    return False


def approach(scene: Scene, grasp: Grasp) -> servo.Actions:
    """Come from above and close the gripper."""
    sim, turn = scene.sim, grasp.rotation
    hover = grasp.position + [0, 0, HOVER]
    yield from servo.travel(
        sim, scene.obstacles(), hover, turn, servo.OPEN, drop=0.01, radius=HAND_RADIUS, tolerance=0.015
    )
    yield from servo.descend(sim, grasp.position, turn, servo.OPEN, tolerance=servo.AT_GRASP)
    yield from servo.close(sim, grasp.position, turn)


def grasp_and_lift(scene: Scene, name: str, grasp: Grasp) -> servo.Actions:
    """Approach, close, drag the object out from under what is over it, lift by `LIFT`."""
    sim, turn = scene.sim, grasp.rotation
    yield from approach(scene, grasp)
    points, others = scene.points(name), scene.others(name)
    shift = clear_space.shift_from_under(points, others[others[:, 2] > points[:, 2].max() + 0.01])
    if shift.any():
        low = grasp.position + shift + [0, 0, clear_space.SLIDE_HEIGHT]
        yield from servo.reach(sim, low, turn, servo.CLOSE, tolerance=0.015, speed=0.6)
    yield from servo.reach(sim, grasp.position + shift + [0, 0, LIFT], turn, servo.CLOSE)


def slide(scene: Scene, name: str, shift: Array, home_yaw: float, rng: np.random.Generator) -> servo.Actions:
    """Slide `name` over the table by `shift` [3] m."""
    candidates = grasps.plan(scene, name, home_yaw, rng)
    if not candidates:
        return
    sim, turn = scene.sim, candidates[0].rotation
    yield from approach(scene, candidates[0])
    spot = candidates[0].position + shift + [0, 0, clear_space.SLIDE_HEIGHT]
    yield from servo.reach(sim, spot, turn, servo.CLOSE, tolerance=0.008, speed=0.7)
    yield from servo.release(sim, spot, turn)
    yield from servo.reach(sim, spot + [0, 0, HOVER], turn, servo.OPEN, tolerance=0.03)


def is_held(scene: Scene, name: str) -> bool:
    """True while `name` is near the fingertips and they are kept apart by something."""
    apart = servo.opening(scene.sim) > 0.001
    gap = np.linalg.norm(scene.points(name) - scene.sim.eef_pos, axis=1).min()
    return apart and bool(gap < 0.03)


def _is_new(grasp: Grasp, failed: list[Grasp]) -> bool:
    return all(
        np.linalg.norm(grasp.position - other.position) > 0.02 or abs(grasp.yaw - other.yaw) > 0.4
        for other in failed
    )
