"""Close what is open: push a drawer in with the closed hand, sweep a hinged door along its arc."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from benchmarks.experts import panda_gripper, servo
from benchmarks.experts.drawer import Drawer, facing
from benchmarks.experts.knob import rotation_about
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
DOOR_DEPTH = 0.03
"""How far below the upper edge of a door the fingertips push, m: the palm stays above the edge."""
DOOR_GAP = 0.05
"""Distance from the door's face at which the hand comes down, m."""
DOOR_SHARE = 0.85
"""Where a door is pushed: this share of its width away from the hinge."""
LEAD = 0.35
"""The hand's target runs ahead of the door by this angle, rad."""


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
        yield from _rise(scene, home, home_yaw)


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


def close_door(scene: Scene, name: str, home_yaw: float) -> servo.Actions:
    """Sweep the hinged door of the fixture `name` shut with the closed hand pointing down."""
    sim, model, data = scene.sim, scene.model, scene.data
    home = sim.eef_pos
    joint = hinge_of(scene, name)
    address, anchor, axis = model.jnt_qposadr[joint], data.xanchor[joint].copy(), data.xaxis[joint].copy()
    low, high = model.jnt_range[joint]
    opens = 1.0 if abs(high) > abs(low) else -1.0
    points = scene.surfaces.points(data, scene.surfaces.geoms(body=int(model.jnt_bodyid[joint])))
    angle = float(data.qpos[address])
    contact, normal = _door_contact(points, anchor, axis, opens)
    yaw = panda_gripper.nearest_yaw(float(np.arctan2(normal[1], normal[0])), home_yaw)
    rotation = panda_gripper.level(yaw)
    before = contact + DOOR_GAP * normal
    hover = before + [0, 0, DOOR_DEPTH + 0.06]
    yield from servo.travel(
        sim, scene.obstacles(), hover, rotation, servo.CLOSE, drop=0.02, radius=0.07, tolerance=0.02
    )
    yield from servo.reach(sim, before, rotation, servo.CLOSE, tolerance=0.015, speed=0.7)
    for _ in range(2 * MAX_PUSH_STEPS):
        now = float(data.qpos[address])
        if opens * now <= SHUT_AT:
            break
        turned = rotation_about(axis, now - opens * LEAD - angle)
        target = anchor + turned @ (contact - anchor)
        yield servo.action(sim, target, rotation, servo.CLOSE)
    yield from servo.reach(sim, sim.eef_pos + [0, 0, 0.1], rotation, servo.CLOSE, tolerance=0.03)
    yield from _rise(scene, home, home_yaw)


def hinge_of(scene: Scene, name: str) -> int:
    """The hinge joint of a fixture with one door."""
    return int(scene.model.joint(scene.sim.env.get_object(name).joints[0]).id)


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


def _door_contact(points: Array, anchor: Array, axis: Array, opens: float) -> tuple[Array, Array]:
    """Where [3] the outer face of a door is pushed, and its normal [3] against the closing motion."""
    level = points - anchor
    level[:, 2] = 0.0
    reach = np.linalg.norm(level, axis=1)
    outward = level[reach > 0.9 * reach.max()].mean(axis=0)
    outward /= np.linalg.norm(outward)
    normal = opens * np.cross(axis, outward)
    face = float((level @ normal)[reach > 0.5 * reach.max()].max())
    spot = anchor + DOOR_SHARE * float((level @ outward).max()) * outward + face * normal
    spot[2] = points[:, 2].max() - DOOR_DEPTH
    return spot, normal


def _rise(scene: Scene, home: Array, home_yaw: float) -> servo.Actions:
    sim = scene.sim
    above = np.array([*(sim.eef_pos[:2] + 0.5 * (home[:2] - sim.eef_pos[:2])), max(home[2], sim.eef_pos[2])])
    yield from servo.reach(
        sim, above, panda_gripper.level(home_yaw), servo.OPEN, tolerance=0.04, turn_tolerance=0.4
    )
