"""Close a drawer: push it in with the closed hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from benchmarks.experts import panda_gripper, servo
from benchmarks.experts.drawer import Drawer, facing
from benchmarks.experts.pose_checker import PoseChecker
from benchmarks.experts.scene import Scene
from benchmarks.experts.view import Array

PUSH_PITCHES = np.deg2rad([45, 60, 30, 15, 75])
"""Downward tilt of the closed hand that pushes a drawer, rad; 45 degrees keeps the hand off most things."""
PUSH_ROLLS = np.deg2rad([90, 0, -90])
"""Turn of the finger axis out of the vertical plane, rad; flat fingers touch a handle on both sides."""
STAND_OFF = 0.06
"""Distance of the waypoint before the part that is pushed, m."""
BEYOND = 0.04
"""The target runs ahead of the part by this much, m: pushing needs force against the joint's damping."""
SHUT_AT = 0.0
"""Joint position (m or rad) that LIBERO counts as closed, with the sign that opens: at or under it."""
MAX_PUSH_STEPS = 70
ATTEMPTS = 3
"""Poses of the hand that are tried in turn: the arm may bend otherwise than the check expected."""
REACH_STEPS = 24
"""Steps in which the hand comes to the drawer."""
STUCK, STUCK_STEPS = 0.001, 12
"""A drawer that moves less than this (m) in so many steps is blocked."""


def close_drawer(scene: Scene, region: str, home_yaw: float) -> servo.Actions:
    """Push the drawer of `region` in and leave the hand level and free over the scene."""
    sim = scene.sim
    home = sim.eef_pos
    tried: list[Array] = []
    for _ in range(ATTEMPTS):
        drawer = Drawer.find(scene, region)
        if drawer.position(scene) <= SHUT_AT:
            break
        tried.append(choose_push(scene, drawer, tried))
        before = drawer.handle + STAND_OFF * drawer.outward
        yield from servo.travel(
            sim, scene.obstacles(), before, tried[-1], servo.CLOSE, drop=0.11, radius=0.06, tolerance=0.02
        )
        yield from push_in(scene, drawer, tried[-1])
        yield from servo.reach(sim, sim.eef_pos + STAND_OFF * drawer.outward, tried[-1], servo.CLOSE)
        yield from rise(scene, home, home_yaw)


def push_in(scene: Scene, drawer: Drawer, rotation: Array) -> servo.Actions:
    """Push with the closed hand until the drawer is shut, or comes no further."""
    sim = scene.sim
    positions = [drawer.position(scene)]
    for step in range(MAX_PUSH_STEPS):
        if positions[-1] <= SHUT_AT:
            return
        if step > REACH_STEPS and positions[-STUCK_STEPS] - positions[-1] < STUCK:
            return
        along = float((sim.eef_pos - drawer.handle) @ drawer.outward)
        target = drawer.handle + (along - BEYOND) * drawer.outward
        yield servo.action(sim, target, rotation, servo.CLOSE)
        positions.append(drawer.position(scene))


def choose_push(scene: Scene, drawer: Drawer, tried: Sequence[Array] = ()) -> Array:
    """Rotation [3, 3] of the closed hand in which the way to the shut drawer touches least else.

    Approaches that were `tried` are left out.
    """
    checker = PoseChecker(scene.sim)
    start, moving = checker.data.qpos.copy(), int(scene.model.jnt_bodyid[drawer.joint])
    address = scene.model.jnt_qposadr[drawer.joint]
    travel = drawer.position(scene)
    best, fewest = facing(-drawer.outward, float(PUSH_PITCHES[0]), float(PUSH_ROLLS[0])), np.inf
    for pitch, roll in product(PUSH_PITCHES, PUSH_ROLLS):
        rotation = facing(-drawer.outward, float(pitch), float(roll))
        if any(np.allclose(rotation[:, 2], other[:, 2]) for other in tried):
            continue
        checker.data.qpos[:] = start
        touched = 0.0
        for share in (-STAND_OFF / travel, 0.5, 1.0):  # before the drawer, half way, with the drawer shut
            checker.data.qpos[address] = start[address] * (1.0 - max(0.0, share))
            spot = drawer.handle - share * travel * drawer.outward
            touched += checker.contacts(spot, rotation, 0.0, ignored=moving)
        touched += 0.1 * checker.strain()
        if touched < fewest:
            best, fewest = rotation, touched
    return best


def rise(scene: Scene, home: Array, home_yaw: float) -> servo.Actions:
    """Leave what was pushed, half way towards `home` [3] m and over it, with an open and level hand."""
    sim = scene.sim
    above = np.array([*(sim.eef_pos[:2] + 0.5 * (home[:2] - sim.eef_pos[:2])), max(home[2], sim.eef_pos[2])])
    yield from servo.reach(
        sim, above, panda_gripper.level(home_yaw), servo.OPEN, tolerance=0.04, turn_tolerance=0.4
    )
