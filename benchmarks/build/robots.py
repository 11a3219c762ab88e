"""Other arms where LIBERO or robosuite puts its Panda: registered, mounted alike, started from its pose."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.inverse_kinematics import Chain, Search, solve
from benchmarks.sim.robosuite_binding import StockEnv, StockPart, data_of, model_of
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

SEARCH = Search(
    iterations=150,
    tolerance=(POSITION_TOLERANCE / 10, TURN_TOLERANCE / 10),
    damping=1e-4,
    error_limits=(0.1, 0.3),
)

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
        changes = {each: vars(theirs)[each] for each in mounting} if theirs and prefix != "Bare" else {}
        if robot == "Sawyer":
            changes["__init__"] = _with_thin_meshes
        # The metaclass registers the class by its name.
        type(known[robot])(name, (known[robot],), changes)
        ROBOT_CLASS_MAPPING[name] = SingleArm


def _with_thin_meshes(self: StockPart, idn: int = 0) -> None:
    """As its parent. MuJoCo refuses Sawyer's flat meshes as solids, so they are compiled as shells.

    Not for the other arms: masses stay the same (links have inertias of their own), but mesh frames move,
    and UR5e's base and shoulder then touch at the start pose, which locks joint 0 (measured, MuJoCo 3.3.2).
    """
    type(self).__mro__[1].__init__(self, idn=idn)  # type: ignore[misc]
    for mesh in self.asset.findall("mesh"):
        mesh.set("inertia", "shell")


def stand(env: StockEnv, own: Simulation, base: tuple[float, float]) -> None:
    """Move the robot's base by `base` m and start its arm where the Panda of `own` starts.

    Raises UserError with the distance where the arm cannot reach that pose.
    """
    model, robot = model_of(env.sim), env.robots[0]
    for name in (robot.robot_model.root_body, *mounts(model)):
        model.body_pos[model.body(name).id][:2] += base if model.body(name).parentid == 0 else 0
    position, rotation = start_pose(own)
    robot.init_qpos = start_joints(model, data_of(env.sim), robot, position, rotation)
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


def start_joints(
    model: mujoco.MjModel, data: mujoco.MjData, robot: StockPart, position: Array, rotation: Array
) -> Array:
    """Joints of a robosuite `robot` that bring its grip site to a pose. Raises UserError where none do."""
    chain = chain_of(model, robot)
    home, rng = np.clip(robot.init_qpos, chain.low, chain.high), np.random.default_rng(0)
    best = (np.inf, np.inf)
    for attempt in range(SEEDS):
        joints = home + (attempt > 0) * 0.6 * rng.standard_normal(len(home))
        data.qpos[chain.qpos_index] = np.clip(joints, chain.low, chain.high)
        left = solve(model, data, chain, SEARCH, position, rotation)
        if left[0] < POSITION_TOLERANCE and left[1] < TURN_TOLERANCE:
            return data.qpos[chain.qpos_index].copy()
        best = min(best, left)
    raise UserError(
        f"{_arm(robot.name)} cannot reach the start pose: {100 * best[0]:.1f} cm and "
        f"{np.degrees(best[1]):.1f} degrees are left; choose another arm or leave its base where it is"
    )


def chain_of(model: mujoco.MjModel, robot: StockPart) -> Chain:
    """The joints of a robosuite robot, a little inside of their limits."""
    joints = [model.joint(name) for name in robot.robot_joints]
    ids = [joint.id for joint in joints]
    low, high = model.jnt_range[ids].T
    limited = model.jnt_limited[ids].astype(bool)
    return Chain(
        site=int(model.site(robot.controller.eef_name).id),
        qpos_index=np.array([int(joint.qposadr[0]) for joint in joints]),
        qvel_index=np.array([int(joint.dofadr[0]) for joint in joints]),
        low=np.where(limited, low + 0.02, -np.pi),
        high=np.where(limited, high - 0.02, np.pi),
    )


def _arm(name: str) -> str:
    """Without what registration put before it."""
    return next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), name)


def _free_sawyers_base(model: mujoco.MjModel) -> None:
    """Sawyer's first link overlaps its pedestal's collision mesh, which locks joint 0: let them overlap."""
    for geom in range(model.ngeom):
        if model.body(model.geom_bodyid[geom]).name.endswith("right_arm_base_link"):
            model.geom_contype[geom] = model.geom_conaffinity[geom] = 0
