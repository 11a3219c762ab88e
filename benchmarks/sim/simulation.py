"""One compiled task: initial states, lean stepping, goal predicates and the privileged state of experts."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.arm_controller import ArmController
from benchmarks.sim.compiled_task import Changes, CompiledTask
from benchmarks.sim.robosuite_binding import StockEnv, data_of, goal_holds, move_onto, wrapped

CONTROL_HZ = 20
SETTLE_STEPS = 10
"""Steps with the gripper open before the policy starts (openpi examples/libero/main.py)."""
START_NOISE = 0.02
"""Deviation of the arm's joints at the start, rad: robosuite's default, and what LIBERO's official initial
states show (0.01 to 0.02 in each joint). Policies cloned from a fixed start fail from the official ones."""
SEEN = (
    *("qpos", "xpos", "xquat", "xmat", "geom_xpos", "geom_xmat", "site_xpos", "site_xmat"),
    *("cam_xpos", "cam_xmat", "light_xpos", "light_xdir"),
)
"""Arrays of MjData that images and the policy's state are made of."""
SETTLE_ACTION = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0])


class Simulation:
    """A compiled task driven directly; robosuite only builds it, and is asked again only for what the
    compiled task does not hold: sampled placements and the experts' view of the scene."""

    engine = "fast"
    has_panda_gripper = True
    """Whether the mounted gripper is the Panda's."""
    changes: Changes = {}  # noqa: RUF012  (never changed)
    """What was compiled otherwise than in the task's own model."""

    def __init__(
        self,
        task: CompiledTask,
        *,
        env: StockEnv = None,
        build: Callable[[], StockEnv] | None = None,
        init_states: NDArray[np.float64] | None = None,
    ) -> None:
        """Drive `task`. `env` is the robosuite environment that it was compiled from, with one arm, without
        renderers and `hard_reset=False`; where there is none, `build` makes it when something asks for it.

        `init_states` [count, 1 + nq + nv] are the official initial states (time, qpos, qvel).
        """
        self._env, self._build = env, build
        self.task = task.description
        self.init_states = self.task.init_states if init_states is None else init_states
        self.model = task.model
        self._binding = wrapped(task.model) if env is None else env.sim
        self.data = data_of(self._binding)
        mujoco.mj_resetData(self.model, self.data)
        self.seen = mujoco.MjData(self.model)
        """What is observed: `data` after all but the last physics step of a control step, poses as that step
        derived them. There robosuite samples its observables once LIBERO has set an initial state, which
        updates them twice before the first step (`Observable.update`)."""
        self._copied = [(getattr(self.seen, name), getattr(self.data, name)) for name in SEEN]
        self.substeps = self.task.substeps
        self.controller = ArmController(self.task.arm, self.model, self.data)
        self.eef_body, self.gripper_joints = self.task.arm.eef_body, self.task.arm.gripper_joints
        self.fixtures = {name: fixture.body for name, fixture in self.task.fixtures.items()}

    @property
    def env(self) -> StockEnv:
        """The robosuite environment, on this model and data; building it takes seconds."""
        if self._env is None:
            if self._build is None:
                raise ValueError("this simulation was made without a way to build its robosuite environment")
            self._env = move_onto(self._build(), self._binding)
        return self._env

    @property
    def goal(self) -> list[list[str]]:
        """LIBERO's goal predicates, such as ["on", "akita_black_bowl_1", "plate_1"]."""
        return [list(predicate) for predicate in self.task.goal]

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
        return self.gripper_of(self.data)

    def gripper_of(self, data: mujoco.MjData) -> NDArray[np.float64]:
        """Gripper joints in `data`, [2] m for the Panda's fingers."""
        return data.qpos[self.gripper_joints].copy()

    def load_sampled(self, rng: np.random.Generator) -> None:
        """Fixtures and objects where the task file's regions allow; arm near its start pose. Needs `env`."""
        # LIBERO places objects on a fixture by the site's pose at compilation plus the fixture's new one.
        for fixture in self.task.fixtures.values():
            self.model.body_pos[fixture.body] = fixture.position
            self.model.body_quat[fixture.body] = fixture.quaternion
        env = self.env
        with numpy_seed(rng):
            env.reset()
        self.controller.reset()
        arm = self.controller.qpos_index
        self.data.qpos[arm] += START_NOISE * rng.standard_normal(len(arm))
        mujoco.mj_forward(self.model, self.data)
        self.update_visuals()
        self.look()

    def load_official(self, init_id: int, rng: np.random.Generator) -> None:
        """Official initial state `init_id`; the fixtures, which it does not hold, are sampled from `rng`."""
        if self.init_states is None:
            raise ValueError("this task has no official initial states")
        if self.task.placement is None:
            self.load_sampled(rng)
            fixtures = self.fixture_poses()
        else:
            fixtures = self.task.placement.draw(sampler_seed(rng))
        self.load_recorded(self.init_states[init_id], fixtures)

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
        self.update_visuals()
        self.look()

    def look(self) -> None:
        """Keep what is to be observed as it is now."""
        for kept, now in self._copied:
            kept[...] = now

    def refresh(self) -> None:
        """Derive everything from the present state anew, after the model or the state was changed."""
        self.set_state(self.state())

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
        self.update_visuals()
        self.controller.substeps(np.asarray(action, dtype=np.float64), self.substeps, self.look)
        return self.success()

    def success(self) -> bool:
        """LIBERO's or robosuite's own check, from the data where its predicates are known."""
        if self.task.predicates is None:
            return goal_holds(self.env)
        return all(predicate.holds(self.data) for predicate in self.task.predicates)

    def proprioception(self) -> NDArray[np.float32]:
        """State [8] as it was seen: position (m), axis-angle of the xyzw quaternion (rad), gripper joints
        (m)."""
        position = self.seen.site_xpos[self.controller.site]
        rotation = axis_angle(self.seen.xquat[self.eef_body][[1, 2, 3, 0]])
        return np.concatenate([position, rotation, self.gripper_of(self.seen)]).astype(np.float32)

    def update_visuals(self) -> None:
        """Show what follows from the state, such as a stove's glowing burner: as LIBERO does, after a control
        step, so that it is seen in the next one."""
        for indicator in self.task.indicators:
            indicator.show(self.model, self.data)


def axis_angle(quat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Axis-angle [3] of an xyzw quaternion, sign kept: flipping w < 0 costs policies up to 40 points."""
    w = float(np.clip(quat[3], -1.0, 1.0))
    sine = np.sqrt(1.0 - w * w)
    if np.isclose(sine, 0.0):
        return np.zeros(3)
    return quat[:3] * (2.0 * np.arccos(w) / sine)


def sampler_seed(rng: np.random.Generator) -> int:
    """Seed for the samplers of LIBERO and robosuite."""
    return int(rng.integers(2**32))


@contextmanager
def numpy_seed(rng: np.random.Generator) -> Iterator[None]:
    """LIBERO's and robosuite's samplers draw from numpy's global generator: lend them a seeded one."""
    saved = np.random.get_state()
    np.random.seed(sampler_seed(rng))
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
