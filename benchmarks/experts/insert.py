"""Bring an object into a compartment with a roof, such as a shelf's, through its open side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

import numpy as np

from benchmarks.experts import grasps, panda_gripper, pick, servo
from benchmarks.experts.compartment import Compartment
from benchmarks.experts.drawer import facing
from benchmarks.experts.grasps import Grasp
from benchmarks.experts.pose_checker import PoseChecker
from benchmarks.experts.scene import Scene
from benchmarks.experts.view import Array

PITCHES = np.deg2rad([90, 75, 60, 45, 30, 15, 0])
"""Downward tilt of the hand while it reaches in, rad."""
ROLLS = np.deg2rad(np.arange(-180, 180, 30))
"""Turn of the finger axis out of the vertical plane, rad."""
SIDEWAYS = (0.0, 0.04, -0.04)
"""Offsets from the compartment's middle, m."""
LOW = 0.010
"""Height of the object over the compartment's floor on its way in, m."""
HEADROOM = 0.012
"""Least room over the object besides, m."""
DEPTHS = (0.08, 0.055, 0.03)
"""How far the origin, which LIBERO's predicate looks at, and the centre of mass come past the edge, m: the
deeper the safer, since what is let go slips and tips."""
EDGE = 0.012
"""The fixture's edge may lie this far in front of its region, m."""
BEFORE = 0.03
"""Gap between the object and the compartment before it goes in, m."""
SHALLOW = 30.0
"""Cost of a metre less of depth, rad of turning the hand."""
SPEED = 0.7
MAX_GRASPS = 14
MAX_CHECKED = 120
"""Insertions per grasp that are checked for contacts."""


@dataclass(frozen=True)
class Load:
    """An object in the grip site's frame."""

    body: int
    points: Array  # [n, 3]
    origin: Array  # [3]
    turn: Array  # [3, 3]
    mass_center: Array  # [3]

    @classmethod
    def at(cls, scene: Scene, name: str, position: Array, rotation: Array) -> Load:
        """`name` as it stands now, seen from a grip site at `position` [3] with `rotation` [3, 3]."""
        body = scene.body(name)
        turn = rotation.T @ scene.data.xmat[body].reshape(3, 3)
        spots = (scene.points(name), scene.position(name), scene.center_of_mass(name))
        points, origin, center = ((spot - position) @ rotation for spot in spots)
        return cls(body, points, origin, turn, center)


@dataclass(frozen=True)
class Insertion:
    """Grip poses of going in: from `before` [3] straight to `end` [3] with `rotation` [3, 3]."""

    before: Array
    end: Array
    rotation: Array
    sideways: float
    depth: float


def insert(scene: Scene, name: str, where: str, home_yaw: float, rng: np.random.Generator) -> pick.Picking:
    """Pick `name` up where it can be held outside the compartment `where`, and slide it in.

    False, without a motion, where there is no way in that touches nothing.
    """
    room = Compartment.find(scene, where)
    chosen = choose_grasp(scene, name, room, home_yaw, rng)
    if chosen is None:
        return False
    sim = scene.sim
    yield from pick.grasp_and_lift(scene, name, chosen[0])
    if not pick.is_held(scene, name):
        return True
    load = Load.at(scene, name, sim.eef_pos, sim.eef_mat)
    way = best_insertion(scene, load, room) or chosen[1]
    drop = float(max(panda_gripper.TIP, -(load.points @ way.rotation.T)[:, 2].min()))
    radius = float(min(0.12, np.abs(load.points).max()))
    obstacles = scene.obstacles(name)
    yield from servo.travel(
        sim, obstacles, way.before, way.rotation, servo.CLOSE, drop=drop, radius=radius, tolerance=0.012
    )
    load = Load.at(scene, name, sim.eef_pos, sim.eef_mat)
    settled = fitted(load, way.rotation, room, way.sideways, way.depth) or way
    yield from servo.reach(sim, settled.before, way.rotation, servo.CLOSE, tolerance=0.006, speed=SPEED)
    yield from servo.reach(sim, settled.end, way.rotation, servo.CLOSE, tolerance=0.006, speed=SPEED)
    yield from servo.release(sim, settled.end, way.rotation)
    out = settled.end - 0.08 * way.rotation[:, 2] - 0.02 * room.into
    yield from servo.reach(sim, out, way.rotation, servo.OPEN)
    clear = np.array([*(sim.eef_pos - 0.08 * room.into)[:2], max(sim.eef_pos[2], out[2]) + 0.08])
    yield from servo.reach(sim, clear, panda_gripper.level(home_yaw), servo.OPEN, turn_tolerance=0.4)
    return True


def choose_grasp(
    scene: Scene, name: str, room: Compartment, home_yaw: float, rng: np.random.Generator
) -> tuple[Grasp, Insertion] | None:
    """The best grasp with which the object can be brought in without touching anything."""
    for grasp in islice(_grasps(scene, name, home_yaw, rng), MAX_GRASPS):
        load = Load.at(scene, name, grasp.position, grasp.rotation)
        way = best_insertion(scene, load, room)
        if way is not None:
            return grasp, way
    return None


def _grasps(scene: Scene, name: str, home_yaw: float, rng: np.random.Generator) -> Iterator[Grasp]:
    """Unlike grasps, in turn near the centre of mass and near the object's far end."""
    points, others, center = scene.points(name), scene.others(name), scene.center_of_mass(name)
    far = points[np.argmax(np.linalg.norm(points[:, :2] - center[:2], axis=1))]
    anchors = (center, center + 0.9 * (far - center))
    seen: list[Grasp] = []
    found = [grasps.search(scene, points, others, anchor, home_yaw, rng) for anchor in anchors]
    for rank in range(max(map(len, found), default=0)):
        for grasp in (each[rank] for each in found if rank < len(each)):
            if all(
                np.linalg.norm(grasp.position - other.position) > 0.015 or abs(grasp.yaw - other.yaw) > 0.3
                for other in seen
            ):
                seen.append(grasp)
                yield grasp


def best_insertion(scene: Scene, load: Load, room: Compartment) -> Insertion | None:
    """The way in that turns the hand least among those that touch nothing; None if there is none."""
    now = scene.sim.eef_mat
    ways: list[tuple[float, Insertion]] = []
    for pitch, roll, sideways, depth in product(PITCHES, ROLLS, SIDEWAYS, DEPTHS):
        rotation = facing(room.into, float(pitch), float(roll))
        way = fitted(load, rotation, room, sideways, depth)
        if way is not None:
            turn = float(np.linalg.norm(servo.rotation_error(rotation, now)))
            ways.append((turn + 5 * abs(sideways) + SHALLOW * (DEPTHS[0] - depth), way))
    ways.sort(key=lambda each: each[0])
    checker = PoseChecker(scene.sim)
    checker.carry(load.body, load.origin, load.turn)
    start = checker.data.qpos.copy()
    for _, way in ways[:MAX_CHECKED]:
        checker.data.qpos[:] = start
        spots = (way.end, (way.before + way.end) / 2, way.before)
        if not any(checker.contacts(spot, way.rotation, 0.02) for spot in spots):
            return way
    return None


def fitted(load: Load, rotation: Array, room: Compartment, sideways: float, depth: float) -> Insertion | None:
    """The way in at this rotation of the hand, None if the object does not fit between floor and roof."""
    points, origin = load.points @ rotation.T, rotation @ load.origin
    center = rotation @ load.mass_center
    low = points[:, 2].min()
    asked = depth
    if not room.level_outside:
        depth -= min(0.0, float((center - origin) @ room.into))
    inside = points[depth + (points - origin) @ room.into > -EDGE]
    if inside[:, 2].max(initial=low) - low + LOW + HEADROOM > room.roof - room.floor:
        return None
    if depth + float(((points - origin) @ room.into).max()) > room.depth:
        return None
    spot = room.mouth + depth * room.into + sideways * np.cross([0.0, 0.0, 1.0], room.into)
    end = spot - origin
    end[2] = room.floor + LOW - low
    back = depth + float(((points - origin) @ room.into).max()) + BEFORE
    return Insertion(end - back * room.into, end, rotation, sideways, asked)
