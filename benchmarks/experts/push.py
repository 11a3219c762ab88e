"""Push a flat thing over the table: press closed fingers inside its rim and drag."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.experts import hand, heightmap, pick, servo
from benchmarks.experts.heightmap import CELL
from benchmarks.experts.scene import Scene

Array = NDArray[np.float64]

MAX_HEIGHT = 0.035
"""Higher things are picked up, m."""
PRESS = 0.010
"""The target lies this far below the inner surface, so that the fingers keep pressing, m."""
RIM_GAP = 0.025
"""Where the fingers come down: so far inside the rim that they fit, m."""
RIM_RISE = 0.006
"""Height of the inner surface at which the rim begins, m."""
CLOSE_ENOUGH = 0.4
"""Distance from the goal's centre at which pushing ends, as a share of the goal's half extents."""
LEAD = 0.06
"""The target runs ahead of the fingers by at most this much, m."""
SPEED = 0.6
MAX_PUSH_STEPS = 120


def suits(scene: Scene, name: str, where: str) -> bool:
    """True for a flat thing, too wide for the gripper, whose goal is a region of the table itself."""
    if not scene.is_region(where) or scene.parent(where) is not None:
        return False
    size = np.ptp(scene.points(name), axis=0)
    return bool(size[2] < MAX_HEIGHT and size[:2].min() > 2 * hand.OPENING)


def push(scene: Scene, name: str, where: str, home_yaw: float) -> servo.Actions:
    """Push `name` until its origin lies at the centre of `where`, then lift the hand."""
    sim, turn = scene.sim, hand.level(home_yaw)
    goal = scene.position(where)[:2]
    contact = inside_rim(scene, name, goal)
    hover = contact + [0, 0, pick.HOVER]
    yield from servo.travel(
        sim, scene.obstacles(), hover, turn, servo.CLOSE, hang=0.01, radius=pick.HAND_RADIUS
    )
    down = contact - [0, 0, PRESS]
    yield from servo.reach(sim, down, turn, servo.CLOSE, tolerance=PRESS, speed=0.6, limit=25)
    slack = CLOSE_ENOUGH * scene.region_axes(where)[:2]
    for _ in range(MAX_PUSH_STEPS):
        left = goal - scene.position(name)[:2]
        if np.all(np.abs(left) < slack):
            break
        ahead = left * min(1.0, LEAD / float(np.linalg.norm(left)))
        target = np.array([*(sim.eef_pos[:2] + ahead), down[2]])
        yield servo.action(sim, target, turn, servo.CLOSE, speed=SPEED)
    up = sim.eef_pos + [0, 0, 0.10]
    yield from servo.reach(sim, up, turn, servo.CLOSE)


def inside_rim(scene: Scene, name: str, goal: Array) -> Array:
    """Grip site position [3] m with the fingertips on the inner surface, near the rim towards `goal`."""
    points = scene.points(name)
    center = scene.position(name)
    away = goal - center[:2]
    yaw = float(np.arctan2(away[1], away[0]))
    grid = heightmap.top(points, center[:2], 0.15, yaw)
    middle = len(grid) // 2
    profile = grid[middle:, middle - 1 : middle + 2].max(axis=1)
    inner = profile[np.isfinite(profile)]
    floor = float(np.min(inner))
    rim = float(np.argmax(inner > floor + RIM_RISE)) * CELL
    reach = max(0.0, rim - RIM_GAP)
    flat = center[:2] + reach * np.array([np.cos(yaw), np.sin(yaw)])
    return np.array([*flat, floor + hand.TIP])
