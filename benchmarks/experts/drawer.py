"""Open a drawer: grasp its handle in a pose that touches nothing else, and pull."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from benchmarks.experts import panda_gripper, servo
from benchmarks.experts.pose_checker import PoseChecker
from benchmarks.experts.scene import Scene
from benchmarks.experts.view import Array

PITCHES = np.deg2rad([10, 20, 30, 45])
"""Downward tilt of the approach, rad."""
ROLLS = np.deg2rad([0, 30, -30, 55, -55])
"""Turn of the finger axis out of the vertical plane, rad; upright is preferred."""
OPENINGS = (0.038, 0.020)
"""Each finger's distance from the middle before the grasp, m: fully and half open."""
STAND_OFF = 0.06
"""Distance of the waypoint before the handle, m."""
HANDLE_DEPTH = 0.018
"""Outermost part of a drawer that counts as the bar of its handle, m."""
OPEN_AT = 0.97
"""Share of the joint's range to which a drawer is pulled."""
OPEN_ENOUGH = 0.9
"""Share at which it counts as open (LIBERO wants 87%)."""
HALF_OPEN_STEPS = 4
"""Steps of closing that leave the fingers half open."""
PULL_SPEED = 0.9
MAX_PULL_STEPS = 60
ATTEMPTS = 3
"""Grasps that are tried: a handle may slip away, or the hand may brush what a check without margin missed."""
MARGIN = 0.008
"""Room around the hand at the handle that further attempts ask for, m."""
LOST = 0.003
"""Fingers that come this near to each other hold no handle, m."""
LEVEL_HAND_DROP = 0.11
"""How far a hand that points sideways reaches below its grip site, m: half its width."""


@dataclass(frozen=True)
class Drawer:
    """A sliding part: `outward` [3] is the unit vector in which it opens, `handle` [3] its bar's middle."""

    joint: int
    outward: Array
    handle: Array

    @classmethod
    def find(cls, scene: Scene, region: str) -> Drawer:
        """The drawer whose inside is `region`. Raises ValueError if the region does not move."""
        joint = joint_of(scene, region)
        if joint is None:
            raise ValueError(f"{region} is not part of a drawer")
        model, data = scene.model, scene.data
        low, high = model.jnt_range[joint]
        outward = data.xaxis[joint] * (1.0 if abs(high) > abs(low) else -1.0)
        body = int(model.jnt_bodyid[joint])
        points = scene.surfaces.points(data, scene.surfaces.geoms(body=body))
        along = points @ outward
        bar = points[along > along.max() - HANDLE_DEPTH]
        return cls(joint, outward.copy(), (bar.min(axis=0) + bar.max(axis=0)) / 2)

    def travel(self, scene: Scene) -> float:
        """How far it is open, as a share of the joint's range."""
        low, high = scene.model.jnt_range[self.joint]
        limit = high if abs(high) > abs(low) else low
        return float(scene.data.qpos[scene.model.jnt_qposadr[self.joint]] / limit)

    def position(self, scene: Scene) -> float:
        """How far it is open, m; negative where it is pushed in further than its rest."""
        low, high = scene.model.jnt_range[self.joint]
        position = float(scene.data.qpos[scene.model.jnt_qposadr[self.joint]])
        return position if abs(high) > abs(low) else -position

    def remaining(self, scene: Scene) -> float:
        """How far it can still be pulled, m."""
        return float((1.0 - self.travel(scene)) * np.abs(scene.model.jnt_range[self.joint]).max())

    def points_when_open(self, scene: Scene) -> Array:
        """Surface points [n, 3] of the moving part where it will be when it is open."""
        body = int(scene.model.jnt_bodyid[self.joint])
        points = scene.surfaces.points(scene.data, scene.surfaces.geoms(body=body))
        return points + self.remaining(scene) * self.outward


@dataclass(frozen=True)
class HandleGrasp:
    """How the handle is grasped: rotation [3, 3] of the grip site and each finger's opening, m."""

    rotation: Array
    opening: float

    def is_like(self, other: HandleGrasp) -> bool:
        """Whether this is `other`, also with the fingers in each other's place."""
        turned = [self.rotation, self.rotation * [-1, -1, 1]]
        return self.opening == other.opening and any(np.allclose(each, other.rotation) for each in turned)


def joint_of(scene: Scene, region: str) -> int | None:
    """The slide joint that moves `region`, or None."""
    names = scene.sim.env.object_sites_dict[region].joints or []
    return int(scene.model.joint(names[0]).id) if names else None


def open_drawer(scene: Scene, region: str, home_yaw: float) -> servo.Actions:
    """Open the drawer of `region` and leave the hand level and free over the scene."""
    sim = scene.sim
    home = sim.eef_pos
    tried: list[HandleGrasp] = []
    for _ in range(ATTEMPTS):
        drawer = Drawer.find(scene, region)
        tried.append(choose_grasp(scene, drawer, tried))
        yield from grasp_and_pull(scene, drawer, tried[-1])
        free = sim.eef_pos - STAND_OFF * tried[-1].rotation[:, 2]
        yield from servo.release(sim, sim.eef_pos, tried[-1].rotation)
        yield from servo.reach(sim, free, tried[-1].rotation, servo.OPEN)
        above = np.array([*(free[:2] + 0.5 * (home[:2] - free[:2])), max(home[2], free[2] + 0.1)])
        yield from servo.reach(
            sim, above, panda_gripper.level(home_yaw), servo.OPEN, tolerance=0.04, turn_tolerance=0.4
        )
        if drawer.travel(scene) > OPEN_ENOUGH:
            return


def grasp_and_pull(scene: Scene, drawer: Drawer, grasp: HandleGrasp) -> servo.Actions:
    """Take the handle and move it outward until the drawer is open or the handle is lost."""
    sim, rotation = scene.sim, grasp.rotation
    before = drawer.handle - STAND_OFF * rotation[:, 2]
    yield from servo.travel(
        sim,
        scene.obstacles(),
        before,
        rotation,
        servo.OPEN,
        drop=LEVEL_HAND_DROP,
        radius=0.06,
        tolerance=0.015,
    )
    if grasp.opening < max(OPENINGS):
        yield from servo.hold_pose(sim, before, rotation, servo.CLOSE, HALF_OPEN_STEPS)
    command = servo.OPEN if grasp.opening == max(OPENINGS) else servo.HOLD
    yield from servo.reach(sim, drawer.handle, rotation, command, tolerance=0.006, speed=0.8)
    yield from servo.close(sim, drawer.handle, rotation)
    yield from pull(scene, drawer, rotation)


def pull(scene: Scene, drawer: Drawer, rotation: Array) -> servo.Actions:
    """Move the held handle outward until the drawer is open, or the handle is lost."""
    sim = scene.sim
    start, distance = sim.eef_pos, drawer.remaining(scene)
    for _ in range(MAX_PULL_STEPS):
        if drawer.travel(scene) > OPEN_AT or servo.opening(sim) < LOST:
            return
        target = start + (distance + 0.02) * drawer.outward
        yield servo.action(sim, target, rotation, servo.CLOSE, speed=PULL_SPEED)


def choose_grasp(scene: Scene, drawer: Drawer, tried: Sequence[HandleGrasp] = ()) -> HandleGrasp:
    """The first (opening, roll, pitch) whose way from stand-off over grasp to open drawer touches nothing.

    Those that were `tried` in vain are left out, and the next ones keep `MARGIN`.

    Failing that, the one that touches least. Of the gripper's two mirrored poses the arm takes the one
    that strains its joints less.
    """
    checker = PoseChecker(scene.sim)
    start = checker.data.qpos.copy()
    best, fewest = None, np.inf
    for opening, roll, pitch in product(OPENINGS, ROLLS, PITCHES):
        for flip in (0.0, np.pi):
            option = HandleGrasp(facing(-drawer.outward, float(pitch), float(roll) + flip), opening)
            if any(option.is_like(other) for other in tried):
                continue
            checker.data.qpos[:] = start
            touched, strain = _contacts_and_strain(checker, drawer, option, drawer.remaining(scene))
            if tried and touched + 0.1 * strain < fewest:
                touched += _brushed(checker, drawer, option)
            if touched + 0.1 * strain < fewest:
                best, fewest = option, touched + 0.1 * strain
        if fewest < 1.0:
            break
    assert best is not None
    return best


def _contacts_and_strain(
    checker: PoseChecker, drawer: Drawer, option: HandleGrasp, distance: float
) -> tuple[int, float]:
    """Contacts along the way, and the largest turn of a joint away from its rest (rad)."""
    before = drawer.handle - STAND_OFF * option.rotation[:, 2]
    touched = checker.contacts(before, option.rotation, option.opening)
    touched += checker.contacts(drawer.handle, option.rotation, option.opening)
    strain = checker.strain()
    address, moving = checker.model.jnt_qposadr[drawer.joint], int(checker.model.jnt_bodyid[drawer.joint])
    shut = float(checker.data.qpos[address])
    checker.data.qpos[address] = shut + distance * np.sign(checker.model.jnt_range[drawer.joint].sum())
    opened = drawer.handle + distance * drawer.outward
    touched += checker.contacts(opened, option.rotation, option.opening, ignored=moving)
    checker.data.qpos[address] = shut
    return touched, max(strain, checker.strain())


def _brushed(checker: PoseChecker, drawer: Drawer, option: HandleGrasp) -> int:
    """Contacts of a hand that comes to the handle up to `MARGIN` m too high, too low or too far."""
    ways = (np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, -1.0]), -drawer.outward)
    moving = int(checker.model.jnt_bodyid[drawer.joint])
    spots = (drawer.handle + MARGIN * way for way in ways)
    return sum(checker.contacts(spot, option.rotation, option.opening, ignored=moving) for spot in spots)


def facing(direction: Array, pitch: float, roll: float) -> Array:
    """Grip site rotation [3, 3] that approaches along the level `direction`, tilted down by `pitch`.

    With `roll` 0 the fingers lie above each other.
    """
    down = np.array([0.0, 0.0, -1.0])
    approach = np.cos(pitch) * direction + np.sin(pitch) * down
    side = np.cross(down, direction)
    upright = np.cross(side, approach)
    finger = np.cos(roll) * upright + np.sin(roll) * side
    return np.column_stack([finger, np.cross(approach, finger), approach])
