"""Motion primitives: generators of OSC_POSE actions that look at the simulation before each one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from benchmarks.experts.scene import Obstacles
from benchmarks.experts.view import ArmView, Array

Actions = Iterator[NDArray[np.float32]]

OPEN, HOLD, CLOSE = -1.0, 0.0, 1.0
"""Gripper commands; 0 keeps the fingers where they are."""
GRIP_STEPS = 8
"""Control steps in which the gripper's command runs from fully open to fully closed."""
FULLY_OPEN = 0.038
"""Finger joint of the open gripper, m (its limit is 0.04)."""
FREE = 0.010
"""The gripper has let go when its opening grew by this much, m."""
POSITION_GAIN = 1.6 / 0.05
"""Action per m of error: an action of 1 asks for 0.05 m and the controller lags behind its goal."""
ROTATION_GAIN = 1.2 / 0.5
"""Action per rad of error."""
STALL_STEPS = 12
STALL_GAIN = 0.002
"""A motion that came less than 2 mm (or the like in rad) nearer in 12 steps is blocked: give it up."""
AT_GRASP, AT_WAYPOINT = 0.005, 0.02
"""Position tolerances, m."""
TURN_TOLERANCE = 0.06
"""Rotation tolerance, rad."""
SAFE = 0.02
"""Height kept over obstacles in free travel, m."""
FUNNEL_RADIUS, FUNNEL_SLOPE = 0.006, 2.0
"""Free offset to the side on a descent, m, and the height kept per m beyond it."""
DESCENT = 4
"""Last of a path's 24 points, where the hand comes down on a spot that was examined more closely."""


def rotation_error(target: Array, current: Array) -> Array:
    """Axis-angle [3] rad in the world frame that turns `current` [3, 3] into `target` [3, 3]."""
    return np.asarray(Rotation.from_matrix(target @ current.T).as_rotvec())


def action(
    sim: ArmView, position: Array, rotation: Array, grip: float, speed: float = 1.0
) -> NDArray[np.float32]:
    """One action [7] towards a grip site pose; `speed` bounds the largest component of the motion."""
    move = POSITION_GAIN * (position - sim.eef_pos)
    turn = ROTATION_GAIN * rotation_error(rotation, sim.eef_mat)
    move *= min(1.0, speed / max(1e-9, np.abs(move).max()))
    turn *= min(1.0, 1.0 / max(1e-9, np.abs(turn).max()))
    return np.concatenate([move, turn, [grip]]).astype(np.float32)


def reach(
    sim: ArmView,
    position: Array,
    rotation: Array,
    grip: float,
    *,
    tolerance: float = AT_WAYPOINT,
    turn_tolerance: float = TURN_TOLERANCE,
    speed: float = 1.0,
    limit: int = 80,
) -> Actions:
    """Move until the pose is reached within `tolerance` m and `turn_tolerance` rad, or blocked."""
    best, stalled = np.inf, 0
    for _ in range(limit):
        distance = float(np.linalg.norm(position - sim.eef_pos))
        turn = float(np.linalg.norm(rotation_error(rotation, sim.eef_mat)))
        if distance < tolerance and turn < turn_tolerance:
            return
        error = max(0.0, distance - tolerance) + 0.1 * max(0.0, turn - turn_tolerance)
        if error < best - STALL_GAIN:
            best, stalled = error, 0
        stalled += 1
        if stalled > STALL_STEPS:
            return
        yield action(sim, position, rotation, grip, speed)


def descend(sim: ArmView, position: Array, rotation: Array, grip: float, tolerance: float) -> Actions:
    """Come down on a spot through a funnel: sideways first, so that nothing is brushed on the way."""
    best, stalled = np.inf, 0
    for _ in range(60):
        error = position - sim.eef_pos
        distance = float(np.linalg.norm(error))
        if distance < tolerance:
            return
        if distance < best - STALL_GAIN:
            best, stalled = distance, 0
        stalled += 1
        if stalled > STALL_STEPS:
            return
        sideways = max(0.0, float(np.linalg.norm(error[:2])) - FUNNEL_RADIUS)
        above = np.array([0, 0, min(FUNNEL_SLOPE * sideways, max(0.0, -error[2]))])
        yield action(sim, position + above, rotation, grip, speed=0.6)


def hold_pose(
    sim: ArmView, position: Array, rotation: Array, grip: float, steps: int = GRIP_STEPS
) -> Actions:
    """Keep a pose for some steps while the gripper works."""
    for _ in range(steps):
        yield action(sim, position, rotation, grip)


def close(sim: ArmView, position: Array, rotation: Array) -> Actions:
    """Close the gripper in place until the fingers meet something, or each other."""
    openings = [opening(sim)]
    for _ in range(GRIP_STEPS + 4):
        yield action(sim, position, rotation, CLOSE)
        openings.append(opening(sim))
        if len(openings) > 5 and openings[-3] - openings[-1] < 0.0006:
            return


def release(sim: ArmView, position: Array, rotation: Array) -> Actions:
    """Open the gripper in place until it has let go of what it held."""
    held = opening(sim)
    for _ in range(GRIP_STEPS + 4):
        yield action(sim, position, rotation, OPEN)
        if opening(sim) > min(held + FREE, 2 * FULLY_OPEN):
            return


def opening(sim: ArmView) -> float:
    """Distance of the two fingers, m."""
    return float(np.abs(sim.gripper_qpos).sum())


def travel(
    sim: ArmView,
    obstacles: Obstacles,
    position: Array,
    rotation: Array,
    grip: float,
    *,
    drop: float,
    radius: float,
    tolerance: float = AT_WAYPOINT,
) -> Actions:
    """Reach a pose without touching `obstacles`, straight if possible, else over the top.

    `drop` m is how far the lowest held point lies below the grip site, `radius` m how far hand and load
    extend sideways.
    """
    start = sim.eef_pos
    heights = obstacles.highest(start, position, radius) + drop + SAFE
    line = np.linspace(start[2], position[2], len(heights))
    free_heights = heights[:-DESCENT]
    if np.any(line[:-DESCENT] < free_heights):
        over = float(np.max(free_heights))
        if start[2] < over - 0.01:
            yield from reach(sim, np.array([*start[:2], over]), sim.eef_mat, grip, tolerance=0.02)
        end = np.array([*position[:2], max(over, position[2])])
        yield from reach(sim, end, rotation, grip, tolerance=0.03, turn_tolerance=0.3)
    yield from reach(sim, position, rotation, grip, tolerance=tolerance)
