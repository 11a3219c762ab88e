"""Open and close a hinged door: pull its handle until the hand fits behind it, sweep it along its arc."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.experts import grasps, panda_gripper, pick, servo
from benchmarks.experts.grasps import Grasp
from benchmarks.experts.knob import rotation_about
from benchmarks.experts.scene import Scene
from benchmarks.experts.shut import rise
from benchmarks.experts.view import Array

SHUT_AT = 0.0
"""Joint position (rad) that LIBERO counts as closed, with the sign that opens: at or under it."""
OPEN_AT = 0.7
"""Share of the joint's range to which a door is opened (LIBERO wants 62% of a microwave's)."""
AJAR = 0.5
"""Angle to which a door is pulled by its handle, rad: behind it is room for the closed hand."""
MAX_PULL_STEPS, MAX_SWEEP_STEPS = 60, 140
DOOR_DEPTH = 0.03
"""How far below the upper edge of a door the fingertips push, m: the palm stays above the edge."""
DOOR_GAP = 0.05
"""Distance from the door's face at which the hand comes down, m."""
DOOR_SHARE = 0.85
"""Where a door is pushed: this share of its width away from the hinge."""
LEAD = 0.35
"""The hand's target runs ahead of the door by this angle, rad."""
FACE = 0.75
"""Quantile of a door's surface points along its normal that lies on its outer face: a handle is small."""
PROUD = 0.004
"""What stands out further than this from the outer face is the handle, m."""


@dataclass(frozen=True)
class Door:
    """The hinged door of a fixture as it stands now, with the hinge at `anchor` [3] m along `axis` [3]."""

    joint: int
    body: int
    anchor: Array
    axis: Array
    opens: float  # sign of the joint's opening motion
    angle: float  # rad, with the joint's sign
    points: Array  # [n, 3] surface
    outward: Array  # [3] level unit vector from the hinge to the free edge
    normal: Array  # [3] level unit vector out of the face that the closing motion leads away from

    @classmethod
    def find(cls, scene: Scene, name: str) -> Door:
        """The door of the fixture `name`, which has one."""
        model, data = scene.model, scene.data
        joint = hinge_of(scene, name)
        body = int(model.jnt_bodyid[joint])
        anchor, axis = data.xanchor[joint].copy(), data.xaxis[joint].copy()
        low, high = model.jnt_range[joint]
        opens = 1.0 if abs(high) > abs(low) else -1.0
        points = scene.surfaces.points(data, scene.surfaces.geoms(body=body))
        level = (points - anchor) * [1, 1, 0]
        reach = np.linalg.norm(level, axis=1)
        edge = level[reach > 0.9 * reach.max()].mean(axis=0)
        sides = data.xmat[body].reshape(3, 3).T  # a door is flat along an axis of its frame
        outward = max((*sides, *-sides), key=lambda side: float(side @ edge))
        normal = opens * np.cross(axis, outward)
        angle = float(data.qpos[model.jnt_qposadr[joint]])
        return cls(joint, body, anchor, axis, opens, angle, points, outward, normal)

    def opened(self, scene: Scene) -> float:
        """How far it is open now, rad; negative where it is pushed in further than its rest."""
        return self.opens * float(scene.data.qpos[scene.model.jnt_qposadr[self.joint]])

    def limit(self, scene: Scene) -> float:
        """How far it opens, rad."""
        return float(np.abs(scene.model.jnt_range[self.joint]).max())

    def turned(self, opened: float) -> Array:
        """Rotation [3, 3] of the door from where it was found to where it is `opened` rad."""
        return rotation_about(self.axis, self.opens * opened - self.angle)

    def contact(self, inner: bool) -> Array:
        """Where [3] it is pushed: on its outer face, or on its inner one."""
        level = (self.points - self.anchor) * [1, 1, 0]
        along = level @ self.normal
        far = np.linalg.norm(level, axis=1)
        face = along[far > 0.5 * far.max()].max() if not inner else along.min()
        spot = self.anchor + DOOR_SHARE * float((level @ self.outward).max()) * self.outward
        spot += float(face) * self.normal
        spot[2] = self.points[:, 2].max() - DOOR_DEPTH
        return spot

    def handle(self) -> NDArray[np.bool_]:
        """Which surface points [n] belong to the handle, which stands out of the outer face."""
        along = (self.points - self.anchor) @ self.normal
        return np.asarray(along > np.quantile(along, FACE) + PROUD, dtype=np.bool_)


def hinge_of(scene: Scene, name: str) -> int:
    """The hinge joint of a fixture with one door."""
    return int(scene.model.joint(scene.sim.env.get_object(name).joints[0]).id)


def close_door(scene: Scene, name: str, home_yaw: float) -> servo.Actions:
    """Sweep the door of the fixture `name` shut with the closed hand pointing down."""
    yield from sweep(scene, Door.find(scene, name), SHUT_AT, home_yaw)


def open_door(scene: Scene, name: str, home_yaw: float, rng: np.random.Generator) -> servo.Actions:
    """Pull the door of the fixture `name` ajar by its handle, then sweep it open from inside."""
    door = Door.find(scene, name)
    if door.opened(scene) < AJAR:
        candidates = handle_grasps(scene, door, home_yaw, rng)
        if not candidates:
            return
        yield from pick.approach(scene, candidates[0])
        yield from pull_ajar(scene, door, candidates[0])
        door = Door.find(scene, name)
    yield from sweep(scene, door, OPEN_AT * door.limit(scene), home_yaw)


def handle_grasps(scene: Scene, door: Door, home_yaw: float, rng: np.random.Generator) -> list[Grasp]:
    """Level grasps of the door's handle, best first."""
    is_handle, surfaces = door.handle(), scene.surfaces
    of_door = set(surfaces.geoms(body=door.body))
    rest = [geom for geom in surfaces.geoms_without({scene.robot_root}) if geom not in of_door]
    others = np.concatenate([surfaces.points(scene.data, rest), door.points[~is_handle]])
    handle = door.points[is_handle]
    return grasps.search(scene, handle, others, handle.mean(axis=0), home_yaw, rng)


def pull_ajar(scene: Scene, door: Door, grasp: Grasp) -> servo.Actions:
    """Lead the held handle along its arc, the hand turning with the door, and let go of it."""
    sim = scene.sim
    for _ in range(MAX_PULL_STEPS):
        now = door.opened(scene)
        if now > AJAR:
            break
        target = door.anchor + door.turned(min(now + LEAD, 1.2 * AJAR)) @ (grasp.position - door.anchor)
        yield servo.action(sim, target, door.turned(now) @ grasp.rotation, servo.CLOSE, speed=0.7)
    position, rotation = sim.eef_pos, sim.eef_mat
    yield from servo.release(sim, position, rotation)
    yield from servo.reach(sim, position + [0, 0, pick.HOVER], rotation, servo.OPEN)


def sweep(scene: Scene, door: Door, goal: float, home_yaw: float) -> servo.Actions:
    """Push the door with the closed hand pointing down until it is `goal` rad open, then rise."""
    sim = scene.sim
    home = sim.eef_pos
    way = float(np.sign(goal - door.opened(scene)))
    contact = door.contact(inner=way > 0)
    yaw = panda_gripper.nearest_yaw(float(np.arctan2(door.normal[1], door.normal[0])), home_yaw)
    rotation = panda_gripper.level(yaw)
    before = contact - way * DOOR_GAP * door.normal
    hover = before + [0, 0, DOOR_DEPTH + 0.06]
    yield from servo.travel(
        sim, scene.obstacles(), hover, rotation, servo.CLOSE, drop=0.02, radius=0.07, tolerance=0.02
    )
    yield from servo.reach(sim, before, rotation, servo.CLOSE, tolerance=0.015, speed=0.7)
    for _ in range(MAX_SWEEP_STEPS):
        now = door.opened(scene)
        if way * (goal - now) <= 0:
            break
        target = door.anchor + door.turned(now + way * LEAD) @ (contact - door.anchor)
        yield servo.action(sim, target, rotation, servo.CLOSE)
    yield from servo.reach(sim, sim.eef_pos + [0, 0, 0.1], rotation, servo.CLOSE, tolerance=0.03)
    yield from rise(scene, home, home_yaw)
