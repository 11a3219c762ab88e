"""Push a flat object over the table: grasp its edge without lifting it, and drag."""

from __future__ import annotations

import numpy as np

from benchmarks.experts import grasps, panda_gripper, pick, servo
from benchmarks.experts.scene import Scene

MAX_HEIGHT = 0.035
"""Higher objects are picked up, m."""
MIN_HOLD = 0.005
"""Least height of edge above the fingertips: too little to lift by, enough to drag by, m."""
PRESS = 0.004
"""The hand's target lies this far below the grasp, so that the fingers stay on the edge, m."""
CLOSE_ENOUGH = 0.4
"""Distance from the goal's centre at which pushing ends, as a share of the goal's half extents."""
LEAD = 0.06
"""The target runs ahead of the fingers by at most this much, m."""
SPEED = 0.6
MAX_PUSH_STEPS = 70
MAX_GAP = 0.03
"""The edge has slipped away when it is this far from the grip site, m."""
ATTEMPTS = 2


def is_pushed(scene: Scene, name: str, where: str) -> bool:
    """True for a flat object, too wide for the gripper, whose goal is a region of the table itself."""
    if not scene.is_region(where) or scene.parent(where) is not None:
        return False
    size = np.ptp(scene.points(name), axis=0)
    return bool(size[2] < MAX_HEIGHT and size[:2].min() > 2 * panda_gripper.OPENING)


def push(scene: Scene, name: str, where: str, home_yaw: float, rng: np.random.Generator) -> servo.Actions:
    """Drag `name` until its origin lies in the middle of `where`, then let go and lift the hand."""
    sim = scene.sim
    for _ in range(ATTEMPTS):
        candidates = edge_grasps(scene, name, where, home_yaw, rng)
        if not candidates or arrived(scene, name, where):
            return
        yield from pick.approach(scene, candidates[0])
        yield from drag(scene, name, where, candidates[0])
        position, rotation = sim.eef_pos, sim.eef_mat
        yield from servo.release(sim, position, rotation)
        yield from servo.reach(sim, position + [0, 0, 0.08], rotation, servo.OPEN)


def edge_grasps(
    scene: Scene, name: str, where: str, home_yaw: float, rng: np.random.Generator
) -> list[grasps.Grasp]:
    """Shallow grasps of the edge of `name`, best first: behind, where the outer finger pushes."""
    points, others = scene.points(name), scene.others(name)
    direction = (scene.position(where) - scene.position(name)) * [1, 1, 0]
    radius = float(np.ptp(points[:, :2], axis=0).min()) / 2
    behind = scene.position(name) - radius * direction / np.linalg.norm(direction)
    return grasps.search(scene, points, others, behind, home_yaw, rng, MIN_HOLD)


def arrived(scene: Scene, name: str, where: str) -> bool:
    """True when the origin of `name` is well inside `where`."""
    error = scene.position(where) - scene.position(name)
    return bool(np.all(np.abs(error[:2]) < CLOSE_ENOUGH * scene.region_axes(where)[:2]))


def drag(scene: Scene, name: str, where: str, grasp: grasps.Grasp) -> servo.Actions:
    """Move the held edge so that `name` comes to `where`; ends there, or when the edge slips away."""
    sim = scene.sim
    for _ in range(MAX_PUSH_STEPS):
        gap = np.linalg.norm(scene.points(name) - sim.eef_pos, axis=1).min()
        if arrived(scene, name, where) or gap > MAX_GAP:
            return
        error = (scene.position(where) - scene.position(name))[:2]
        ahead = error * min(1.0, LEAD / float(np.linalg.norm(error)))
        target = np.array([*(sim.eef_pos[:2] + ahead), grasp.position[2] - PRESS])
        yield servo.action(sim, target, grasp.rotation, servo.CLOSE, speed=SPEED)
