"""Values that pass between the packages: plain frozen data, no behaviour beyond their own identity."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

STATE_DIM = 8
"""End-effector position (3, m), axis-angle of its xyzw quaternion (3, rad), gripper joints (2, m)."""

ACTION_DIM = 7
"""OSC_POSE deltas (3 position, 3 rotation) and gripper (-1 opens, +1 closes), each in [-1, 1], 20 Hz."""

REBUILT_KEPT = 2
"""Models compiled for variations that an environment keeps besides its own: about 150 MB each."""

RECORD_FORMAT = 1
"""Of study.json and the journals beside it; grows when an older reader would misunderstand them."""

MUJOCO = "3.3.2"
"""Part of the benchmark's definition: from 3.3.3 rendering differs (LIBERO issue 88), from 3.4.0 contacts do
too (lerobot issue 4390)."""

ANY_MUJOCO = "HARNESS_ANY_MUJOCO"
"""Environment variable: 1 accepts another version. `--any-mujoco` sets it, workers inherit it."""


class UserError(Exception):
    """Bad input: one line with the bad value, the valid ones and the remedy. Exit status 2, no traceback."""


def derive_rng(*parts: object) -> np.random.Generator:
    """A generator that depends on `parts` alone: never on worker, batch or order of completion."""
    text = "\x1f".join(str(part) for part in parts)
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))


@dataclass(frozen=True)
class Task:
    """One task of a suite. `task_id` counts from 0 in the suite's official order."""

    suite: str
    task_id: int
    name: str
    instruction: str


@dataclass(frozen=True)
class Observation:
    """What a policy sees. Images are upright (LIBERO's 180 degree turn is already applied, once)."""

    agentview: NDArray[np.uint8]  # [height, width, 3]
    wrist: NDArray[np.uint8]  # [height, width, 3]
    state: NDArray[np.float32]  # [STATE_DIM]
    instruction: str


@dataclass(frozen=True)
class AdaptKey:
    """Identity of one adaptation: a policy adapted by a method to a task (or task set)."""

    policy: str
    method: str
    suite: str
    tasks: tuple[int, ...]
    demos: int
    steps: int
    seed: int

    @property
    def adapt_id(self) -> str:
        """Readable and unique within a study."""
        tasks = "-".join(str(task) for task in self.tasks)
        policy = self.policy.rstrip("/").replace("/", "--")
        return f"{policy}.{self.method}.{self.suite}.t{tasks}.d{self.demos}.n{self.steps}.s{self.seed}"


@dataclass(frozen=True)
class EpisodeKey:
    """Identity of one episode. Methods are paired on `scene_id`, which leaves the adaptation out."""

    adapt_id: str
    suite: str
    task_id: int
    init_id: int
    seed: int
    variation: str = "none"
    level: int = 0

    @property
    def twin_id(self) -> str:
        """Shared by an episode and its unvaried twin: fixture poses and policy noise come from it."""
        return f"{self.suite}.t{self.task_id}.i{self.init_id}.s{self.seed}"

    @property
    def scene_id(self) -> str:
        """Shared by all methods on the same varied scene."""
        return f"{self.twin_id}.{self.variation}{self.level}"

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Variations and levels of this episode: none, one, or those of `lighting:2+camera:1`."""
        if self.variation == "none":
            return ()
        if ":" not in self.variation:
            return ((self.variation, self.level),)
        pairs = (part.split(":") for part in self.variation.split("+"))
        return tuple((name, int(level)) for name, level in pairs)

    @property
    def episode_id(self) -> str:
        """Readable and unique within a study: the only join key."""
        return f"{self.adapt_id}/{self.scene_id}"


@dataclass(frozen=True)
class Demonstration:
    """One recorded expert episode of `frames` control steps; step t holds what was seen before `actions[t]`.

    Images are kept for the steps in `image_steps` only (rendering is the cost of recording). `actions`
    is what the expert wanted, `executed` what was sent (DART noise). `sim_states` are flat MuJoCo states
    (time, qpos, qvel) and `fixtures` the body poses that live in the model, so that a demonstration can
    be rendered again with other cameras, sizes or assets.
    """

    task: Task
    seed: int
    success: bool
    image_steps: NDArray[np.int32]  # [images], increasing, first is 0
    agentview: NDArray[np.uint8]  # [images, height, width, 3]
    wrist: NDArray[np.uint8]  # [images, height, width, 3]
    state: NDArray[np.float32]  # [frames, STATE_DIM]
    actions: NDArray[np.float32]  # [frames, ACTION_DIM], clean
    executed: NDArray[np.float32]  # [frames, ACTION_DIM]
    sim_states: NDArray[np.float64]  # [frames, 1 + nq + nv]
    fixtures: dict[str, NDArray[np.float64]] = field(default_factory=dict)  # body -> [7] pos + wxyz
    assets: str = ""  # name and hash of the asset pack

    def __len__(self) -> int:
        return len(self.actions)

    def save(self, path: Path) -> None:
        """Write to `path` (.npz), whole or not at all."""
        arrays = {name: getattr(self, name) for name in _DEMO_ARRAYS}
        arrays |= {f"fixture/{body}": pose for body, pose in self.fixtures.items()}
        meta = {"task": asdict(self.task), "seed": self.seed, "success": self.success, "assets": self.assets}
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        with partial.open("wb") as file:
            np.savez_compressed(file, meta=np.array(json.dumps(meta)), **arrays)
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Demonstration:
        """Read what `save` wrote."""
        with np.load(path) as file:
            meta = json.loads(str(file["meta"]))
            arrays = {name: file[name] for name in _DEMO_ARRAYS}
            fixtures = {name[8:]: file[name] for name in file.files if name.startswith("fixture/")}
        return cls(
            task=Task(**meta["task"]),
            seed=meta["seed"],
            success=meta["success"],
            assets=meta["assets"],
            fixtures=fixtures,
            **arrays,
        )


_DEMO_ARRAYS = ("image_steps", "agentview", "wrist", "state", "actions", "executed", "sim_states")


@dataclass(frozen=True)
class Rollout:
    """Outcome of one episode. `status` is success, failure or error: a crash is never a failure."""

    status: str
    steps: int
    wall_s: float
    env_s: float = 0.0
    policy_s: float = 0.0
    error: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
