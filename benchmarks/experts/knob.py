"""Turn a knob: grasp its ridge from above and rotate the hand about the hinge."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.experts import grasps, pick, servo
from benchmarks.experts.grasps import Grasp
from benchmarks.experts.scene import Scene
from benchmarks.experts.view import Array

MARGIN = 0.35
"""Turned this far beyond the least angle that counts as on, rad."""
LEAD = 0.5
"""The hand's target runs ahead of the knob by this angle, rad."""
MAX_TURN_STEPS = 50


def turn(scene: Scene, name: str, home_yaw: float, rng: np.random.Generator, *, on: bool) -> servo.Actions:
    """Turn the knob of the fixture `name` until it is on or off, and let go."""
    sim, model, data = scene.sim, scene.model, scene.data
    fixture = sim.env.get_object(name)
    joint = int(model.joint(fixture.joints[0]).id)
    ranges = fixture.object_properties["articulation"]
    begin = float(data.qpos[model.jnt_qposadr[joint]])
    goal = min(ranges["default_turnon_ranges"]) + MARGIN if on else min(ranges["default_turnoff_ranges"])
    candidates = knob_grasps(scene, joint, home_yaw - (goal - begin) / 2, rng)
    if not candidates:
        return
    grasp = candidates[0]
    yield from pick.approach(scene, grasp)
    start, address = grasp.rotation, model.jnt_qposadr[joint]
    for _ in range(MAX_TURN_STEPS):
        now = float(data.qpos[address])
        if now >= goal if on else now < goal:
            break
        ahead = min(now + LEAD, goal + LEAD / 2) if on else max(now - LEAD, goal - LEAD / 2)
        turned = rotation_about(data.xaxis[joint], ahead - begin)
        hinge = data.xanchor[joint]
        position = hinge + turned @ (grasp.position - hinge)
        yield servo.action(sim, position, turned @ start, servo.CLOSE)
    position, rotation = sim.eef_pos, sim.eef_mat
    if on:
        yield from servo.release(sim, position, rotation)
    else:  # fingers that open drag the knob off its stop: slip off it instead
        pressed = rotation_about(data.xaxis[joint], -LEAD) @ rotation
        yield from servo.hold_pose(sim, position, pressed, servo.CLOSE)
        yield from servo.reach(sim, position + [0, 0, 0.04], pressed, servo.CLOSE, turn_tolerance=np.pi)
    yield from servo.reach(sim, position + [0, 0, 0.08], rotation, servo.OPEN)


def knob_grasps(scene: Scene, joint: int, home_yaw: float, rng: np.random.Generator) -> list[Grasp]:
    """Grasps of the part that `joint` turns, near its hinge."""
    body = int(scene.model.jnt_bodyid[joint])
    knob = scene.surfaces.geoms(body=body)
    rest = [geom for geom in scene.surfaces.geoms_without({scene.robot_root}) if geom not in knob]
    target = scene.surfaces.points(scene.data, knob)
    others = scene.surfaces.points(scene.data, rest)
    return grasps.search(scene, target, others, scene.data.xanchor[joint], home_yaw, rng)


def rotation_about(axis: Array, angle: float) -> Array:
    """Rotation [3, 3] by `angle` rad about the unit vector `axis` [3]."""
    return np.asarray(Rotation.from_rotvec(angle * axis).as_matrix())
