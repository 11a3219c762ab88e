"""Other arms where LIBERO or robosuite puts its Panda: registered, mounted alike, started from its pose."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.simulation import Simulation
from harness.core.errors import UserError

Array = NDArray[np.float64]

GRIPPERS = {
    "Sawyer": "RethinkGripper",
    "IIWA": "Robotiq140Gripper",
    "Jaco": "JacoThreeFingerGripper",
    "Kinova3": "Robotiq85Gripper",
    "UR5e": "Robotiq85Gripper",
}
"""Arm -> the gripper that robosuite mounts on it."""

PREFIXES = ("Mounted", "OnTheGround", "Bare")
"""LIBERO's two ways to put up a robot, and robosuite's."""

POSITION_TOLERANCE, TURN_TOLERANCE = 1e-3, 1e-2
"""How near (m, rad) an arm must come to the Panda's start pose."""

SEEDS = 40
"""Starting points of the inverse kinematics: the arm's own home pose, then poses around it."""


def register(robot: str) -> None:
    """Make `robot` known under the names that LIBERO's problems ask for (`MountedSawyer`), mounted like
    their Panda, and as `BareSawyer`, as robosuite mounts it. Raises UserError."""
    from robosuite.models.robots import robot_model
    from robosuite.robots import ROBOT_CLASS_MAPPING, SingleArm

    known = robot_model.REGISTERED_ROBOTS
    if robot != "Panda" and robot not in GRIPPERS:
        raise UserError(f"unknown arm {robot!r}; known: Panda, {', '.join(GRIPPERS)}")
    for prefix in PREFIXES:
        name, theirs = prefix + robot, known.get(f"{prefix}Panda")
        if name in ROBOT_CLASS_MAPPING or (theirs is None and prefix != "Bare"):
            continue
        mounting = ("default_mount", "base_xpos_offset")
        changes = {each: theirs.__dict__[each] for each in mounting} if theirs and prefix != "Bare" else {}
        if robot == "Sawyer":
            changes["__init__"] = _with_thin_meshes
        # The metaclass registers the class by its name.
        type(known[robot])(name, (known[robot],), changes)
        ROBOT_CLASS_MAPPING[name] = SingleArm


def _with_thin_meshes(self: Any, idn: int = 0) -> None:
    """As its parent. MuJoCo refuses Sawyer's flat meshes as solids, so they are compiled as shells.

    Not for the other arms: masses stay the same (links have inertias of their own), but mesh frames move,
    and UR5e's base and shoulder then touch at the start pose, which locks joint 0 (measured, MuJoCo 3.3.2).
    """
    type(self).__mro__[1].__init__(self, idn=idn)  # type: ignore[misc]
    for mesh in self.asset.findall("mesh"):
        mesh.set("inertia", "shell")


def stand(env: Any, own: Simulation, base: tuple[float, float]) -> None:
    """Move the robot's base by `base` m and start its arm where the Panda of `own` starts.

    Raises UserError with the distance where the arm cannot reach that pose.
    """
    model, data, robot = env.sim.model._model, env.sim.data._data, env.robots[0]
    for name in (robot.robot_model.root_body, *mounts(model)):
        model.body_pos[model.body(name).id][:2] += base if model.body(name).parentid == 0 else 0
    position, turn = start_pose(own)
    joints = solve(model, data, robot, position, turn)
    env.robots[0].init_qpos = joints
    env.reset()
    if robot.name.endswith("Sawyer"):
        _free_sawyers_base(model)


def mounts(model: mujoco.MjModel) -> list[str]:
    """Bodies that carry the robot."""
    names = [model.body(body).name for body in range(model.nbody)]
    return [name for name in names if name.startswith("mount0_base")]


def start_pose(own: Simulation) -> tuple[Array, Array]:
    """Position [3] m and rotation [3, 3] of the grip site where robosuite starts the Panda."""
    scratch = mujoco.MjData(own.model)
    scratch.qpos[:] = own.data.qpos
    scratch.qpos[own.controller.qpos_index] = own.env.robots[0].init_qpos
    mujoco.mj_kinematics(own.model, scratch)
    site = own.controller.site
    return scratch.site_xpos[site].copy(), scratch.site_xmat[site].reshape(3, 3).copy()


def solve(model: mujoco.MjModel, data: mujoco.MjData, robot: Any, position: Array, turn: Array) -> Array:
    """Joint angles that bring the grip site to a pose, by damped least squares. Raises UserError."""
    site = model.site(robot.controller.eef_name).id
    index, dofs = np.array(robot._ref_joint_pos_indexes), np.array(robot._ref_joint_vel_indexes)
    low, high = model.jnt_range[robot._ref_joint_indexes].T
    limited = model.jnt_limited[robot._ref_joint_indexes].astype(bool)
    low, high = np.where(limited, low + 0.02, -np.pi), np.where(limited, high - 0.02, np.pi)
    home, rng = np.clip(robot.init_qpos, low, high), np.random.default_rng(0)
    best = (np.inf, np.inf)
    for attempt in range(SEEDS):
        data.qpos[index] = np.clip(home + (attempt > 0) * 0.6 * rng.standard_normal(len(home)), low, high)
        error = _descend(model, data, site, index, dofs, (low, high), position, turn)
        if error[0] < POSITION_TOLERANCE and error[1] < TURN_TOLERANCE:
            return data.qpos[index].copy()
        best = min(best, error)
    raise UserError(
        f"{_arm(robot.name)} cannot reach the start pose: {100 * best[0]:.1f} cm and "
        f"{np.degrees(best[1]):.1f} degrees are left; choose another arm or leave its base where it is"
    )


def _arm(name: str) -> str:
    """Without what registration put before it."""
    return next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), name)


def _descend(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    site: int,
    index: Array,
    dofs: Array,
    limits: tuple[Array, Array],
    position: Array,
    turn: Array,
) -> tuple[float, float]:
    """Iterate from the present joints; returns what is left in m and rad."""
    jacobian = np.zeros((2, 3, model.nv))
    place, angle = np.zeros(3), np.zeros(3)
    for _ in range(150):
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        place = position - data.site_xpos[site]
        angle = _turn(turn @ data.site_xmat[site].reshape(3, 3).T)
        if np.linalg.norm(place) < POSITION_TOLERANCE / 10 and np.linalg.norm(angle) < TURN_TOLERANCE / 10:
            break
        mujoco.mj_jacSite(model, data, jacobian[0], jacobian[1], site)
        matrix = jacobian[:, :, dofs].reshape(6, -1)
        error = np.concatenate([np.clip(place, -0.1, 0.1), np.clip(angle, -0.3, 0.3)])
        step = matrix.T @ np.linalg.solve(matrix @ matrix.T + 1e-4 * np.eye(6), error)
        data.qpos[index] = np.clip(data.qpos[index] + step, *limits)
    return float(np.linalg.norm(place)), float(np.linalg.norm(angle))


def _turn(rotation: Array) -> Array:
    """Axis-angle [3] rad of a rotation."""
    quaternion, result = np.zeros(4), np.zeros(3)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(rotation).reshape(-1))
    mujoco.mju_quat2Vel(result, quaternion, 1.0)
    return result


def _free_sawyers_base(model: mujoco.MjModel) -> None:
    """Sawyer's first link overlaps its pedestal's collision mesh, which locks joint 0: let them overlap."""
    for geom in range(model.ngeom):
        if model.body(model.geom_bodyid[geom]).name.endswith("right_arm_base_link"):
            model.geom_contype[geom] = model.geom_conaffinity[geom] = 0
