"""One compiled task: initial states, lean stepping, goal predicates and the privileged state of experts."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.control import ArmController

CONTROL_HZ = 20
SETTLE_STEPS = 10
"""Steps with the gripper open before the policy starts (openpi examples/libero/main.py)."""
START_NOISE = 0.02
"""Deviation of the arm's joints at the start, rad: robosuite's default, and what LIBERO's official initial
states show (0.01 to 0.02 in each joint). Policies cloned from a fixed start fail from the official ones."""
SETTLE_ACTION = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0])


class Simulation:
    """A robosuite environment driven through its compiled model; robosuite only builds it."""

    def __init__(self, env: Any, init_states: NDArray[np.float64] | None = None) -> None:
        """Wrap `env`, a robosuite environment with one arm, built without renderers and `hard_reset=False`.

        `init_states` [count, 1 + nq + nv] are the official initial states (time, qpos, qvel).
        """
        self.env = env
        self.init_states = init_states
        self.model: mujoco.MjModel = env.sim.model._model
        self.data: mujoco.MjData = env.sim.data._data
        self.substeps = int(env.control_timestep / env.model_timestep)
        robot = env.robots[0]
        self.controller = ArmController(robot, self.model, self.data)
        self.eef_body = int(self.model.body(robot.robot_model.eef_name).id)
        self.gripper_joints = np.array(robot._ref_gripper_joint_pos_indexes)
        self.fixtures = {
            name: int(self.model.body(item.root_body).id)
            for name, item in getattr(env, "fixtures_dict", {}).items()
        }

        self._compiled_poses = {body: self._compiled_pose(body) for body in self.fixtures.values()}

    def _compiled_pose(self, body: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Position and quaternion of a body in the task's MJCF; the model's change with every reset."""
        element = self.env.model.root.find(f".//body[@name='{self.model.body(body).name}']")
        position, quaternion = element.get("pos", "0 0 0"), element.get("quat", "1 0 0 0")
        return np.array(position.split(), float), np.array(quaternion.split(), float)

    @property
    def goal(self) -> list[list[str]]:
        """LIBERO's goal predicates, such as ["on", "akita_black_bowl_1", "plate_1"]."""
        return [list(predicate) for predicate in self.env.parsed_problem["goal_state"]]

    @property
    def eef_pos(self) -> NDArray[np.float64]:
        """Grip site in the world, [3] m."""
        return self.data.site_xpos[self.controller.site].copy()

    @property
    def eef_mat(self) -> NDArray[np.float64]:
        """Grip site's rotation in the world, [3, 3]."""
        return self.data.site_xmat[self.controller.site].reshape(3, 3).copy()

    @property
    def gripper_qpos(self) -> NDArray[np.float64]:
        """Gripper joints, [2] m for the Panda's fingers."""
        return self.data.qpos[self.gripper_joints].copy()

    def load_sampled(self, rng: np.random.Generator) -> None:
        """Fixtures and objects where the task file's regions allow; arm near its start pose."""
        # LIBERO places objects on a fixture by the site's pose at compilation plus the fixture's new one.
        for body, (position, quaternion) in self._compiled_poses.items():
            self.model.body_pos[body], self.model.body_quat[body] = position, quaternion
        with numpy_seed(rng):
            self.env.reset()
        self.controller.reset()
        arm = self.controller.qpos_index
        self.data.qpos[arm] += START_NOISE * rng.standard_normal(len(arm))
        mujoco.mj_forward(self.model, self.data)

    def load_official(self, init_id: int, rng: np.random.Generator) -> None:
        """Official initial state `init_id`; the fixtures, which it does not hold, are sampled from `rng`."""
        if self.init_states is None:
            raise ValueError("this task has no official initial states")
        self.load_sampled(rng)
        self.set_state(self.init_states[init_id])

    def load_recorded(self, state: NDArray[np.float64], fixtures: dict[str, NDArray[np.float64]]) -> None:
        """A state and the fixture poses of a demonstration."""
        mujoco.mj_resetData(self.model, self.data)
        for name, pose in fixtures.items():
            self.model.body_pos[self.fixtures[name]] = pose[:3]
            self.model.body_quat[self.fixtures[name]] = pose[3:]
        self.controller.reset()
        self.set_state(state)

    def set_state(self, state: NDArray[np.float64]) -> None:
        """Set a flat state (time, qpos, qvel) and derive everything else from it."""
        nq, nv = self.model.nq, self.model.nv
        if len(state) != 1 + nq + nv:
            raise ValueError(f"a state of this task has {1 + nq + nv} numbers, not {len(state)}")
        self.data.time = state[0]
        self.data.qpos[:] = state[1 : 1 + nq]
        self.data.qvel[:] = state[1 + nq :]
        self.data.qacc_warmstart[:] = 0.0
        mujoco.mj_forward(self.model, self.data)

    def state(self) -> NDArray[np.float64]:
        """The flat state (time, qpos, qvel)."""
        return np.concatenate([[self.data.time], self.data.qpos, self.data.qvel])

    def fixture_poses(self) -> dict[str, NDArray[np.float64]]:
        """Position (m) and wxyz quaternion [7] of every fixture; they live in the model."""
        return {
            name: np.concatenate([self.model.body_pos[body], self.model.body_quat[body]])
            for name, body in self.fixtures.items()
        }

    def settle(self) -> None:
        """Let objects come to rest with the gripper open."""
        for _ in range(SETTLE_STEPS):
            self.step(SETTLE_ACTION)

    def step(self, action: NDArray[np.floating[Any]]) -> bool:
        """One control step of 50 ms with `action` [7] in [-1, 1]; True when the goal holds."""
        self.controller.substeps(np.asarray(action, dtype=np.float64), self.substeps)
        return self.success()

    def success(self) -> bool:
        """LIBERO's or robosuite's own check."""
        return bool(self.env._check_success())

    def proprioception(self) -> NDArray[np.float32]:
        """State [8]: position (m), axis-angle of the xyzw quaternion (rad), gripper joints (m)."""
        rotation = axis_angle(self.data.xquat[self.eef_body][[1, 2, 3, 0]])
        return np.concatenate([self.eef_pos, rotation, self.gripper_qpos]).astype(np.float32)

    def update_visuals(self) -> None:
        """Show what follows from the state, such as a stove's glowing burner."""
        if hasattr(self.env, "_post_process"):
            self.env._post_process()


def axis_angle(quat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Axis-angle [3] of an xyzw quaternion, sign kept: flipping w < 0 costs policies up to 40 points."""
    w = float(np.clip(quat[3], -1.0, 1.0))
    sine = np.sqrt(1.0 - w * w)
    if np.isclose(sine, 0.0):
        return np.zeros(3)
    return quat[:3] * (2.0 * np.arccos(w) / sine)


@contextmanager
def numpy_seed(rng: np.random.Generator) -> Iterator[None]:
    """LIBERO's and robosuite's samplers draw from numpy's global generator: lend them a seeded one."""
    saved = np.random.get_state()
    np.random.seed(int(rng.integers(2**32)))
    try:
        yield
    finally:
        np.random.set_state(saved)


def load_init_states(path: Path) -> NDArray[np.float64]:
    """Official initial states [count, 1 + nq + nv].

    torch wrote them, but only a numpy array is inside, so the zip's pickle is read without torch.
    """
    with zipfile.ZipFile(path) as archive:
        (name,) = (member for member in archive.namelist() if member.endswith("/data.pkl"))
        return np.asarray(pickle.loads(archive.read(name)), dtype=np.float64)
