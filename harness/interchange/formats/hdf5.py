"""LIBERO's HDF5: one file a task, `<name of the task file>_demo.hdf5`; LIBERO's own files load unchanged.

Source: LIBERO `scripts/create_dataset.py`. Two facts of it that are easily missed:
- images are as OpenGL gives them (`macros_image_convention`): turned by 180 degrees against what policies
  see;
- its loop steps first and looks then, so that row t of `obs` was seen AFTER `actions[t]`, while `states[t]`
  is the state before it. Such a file is recognised by `joint_states`; its observations are moved by one row.

What is written here has the observation BEFORE the action in the same row, as robomimic's data sets have, and
no `model_file`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from harness.core.dataset import Dataset, Entry, Episode
from harness.core.demonstration import Demonstration
from harness.core.files import whole_file
from harness.core.keys import Task
from harness.core.protocols import Suite
from harness.interchange.formats import _hdf5 as common

CAMERAS = {"agentview": "agentview_rgb", "wrist": "eye_in_hand_rgb"}
STATE = ("obs/ee_pos", "obs/ee_ori", "obs/gripper_states")
ARM = slice(1, 8)
"""Joints of the Panda in a flat MuJoCo state of LIBERO: behind the time, before the gripper."""
ENDING = "_demo"
SEEN, BEFORE = "observation_is", "before the action"
"""An attribute of demonstrations that are written here."""
PROBLEM = re.compile(r"\(define\s+\(problem\s+([^\s()]+)")


class LiberoHDF5:
    """A file of LIBERO's, or a folder of them."""

    name = "hdf5"

    def recognises(self, path: Path) -> bool:
        """Whether `path` is or holds such files."""
        keys = [f"obs/{key}" for key in ("ee_pos", *CAMERAS.values())]
        return any(common.has(file, *keys) for file in common.files(path)[:1])

    def open(self, path: Path, cameras: Sequence[str]) -> Dataset:
        """Raises UserError where a key is missing."""
        return common.dataset(
            path,
            lambda file: (*STATE, *(common.camera_key(file, each, CAMERAS) for each in cameras), "actions"),
            _entries,
            lambda file, name: _load(file, name, cameras),
        )

    def write(
        self, folder: Path, demonstrations: Iterable[Demonstration], suite: Suite, *, in_videos: bool
    ) -> None:
        """Write one file a task; `in_videos` changes nothing."""
        for task, demos in groupby(demonstrations, lambda demo: demo.task):
            with whole_file(folder / f"{task.name}{ENDING}.hdf5") as path, h5py.File(path, "w") as file:
                data, total, count = file.create_group("data"), 0, 0
                for count, demo in enumerate(demos, 1):
                    _write(data.create_group(f"demo_{count - 1}"), demo, suite.task_file(task.task_id))
                    total += len(demo)
                _describe(data, task, suite, count, total)


def _entries(file: Path, data: h5py.Group, names: Sequence[str]) -> list[Entry]:
    instruction = told(common.facts(data, "problem_info"))
    task_name = file.stem.removesuffix(ENDING)
    return [Entry(f"{file.name}:{name}", instruction, task_name, (file,)) for name in names]


def told(about: dict[str, object]) -> str:
    """The instruction, which LIBERO keeps as text or as a list of words."""
    found = about.get("language_instruction", "")
    return " ".join(map(str, found)) if isinstance(found, list) else str(found)


def _load(file: Path, name: str, cameras: Sequence[str]) -> Episode:
    with common.opened(file) as data:
        group = data["data"][name]
        state = np.concatenate(common.columns(group, STATE, np.float32), axis=1)
        actions = np.asarray(common.array(group, "actions"), np.float32)
        seen = {
            camera: common.image_rows(group, common.camera_key(file, camera, CAMERAS))[:, ::-1, ::-1]
            for camera in cameras
        }
        states = np.empty((len(actions), 0))
        if "states" in group:
            states = np.asarray(common.array(group, "states"), np.float64)
        joints = common.array(group, "obs/joint_states") if "obs/joint_states" in group else None
        before = group.attrs.get(SEEN) == BEFORE
    if not before and seen_after(joints, states):
        seen = {camera: images[:-1] for camera, images in seen.items()}
        return Episode(seen, state[:-1], actions[1:], states[1:])
    return Episode(seen, state, actions, states)


def seen_after(joints: NDArray[np.generic] | None, states: NDArray[np.float64]) -> bool:
    """Whether row t of the observations was seen after `actions[t]`: then its joints are those of the next
    row's simulator state. LIBERO's own files without joints or states are of that kind, too."""
    if joints is None or states.shape[1] < ARM.stop or len(states) < 2:
        return True
    arm = states[:, ARM]
    seen = np.asarray(joints, np.float64)[:-1]
    same_row, next_row = np.abs(seen - arm[:-1]).sum(), np.abs(seen - arm[1:]).sum()
    return bool(next_row < same_row)


def _write(group: h5py.Group, demo: Demonstration, task_file: Path | None) -> None:
    """One demonstration, with LIBERO's types: float64 but for images and flags."""
    state, actions = demo.state.astype(np.float64), demo.actions.astype(np.float64)
    position, rotation = state[:, common.POSITION], state[:, common.ROTATION]
    gripper = state[:, common.GRIPPER]
    obs = group.create_group("obs")
    obs["ee_pos"], obs["ee_ori"], obs["gripper_states"] = position, rotation, gripper
    obs["ee_states"] = state[:, :6]
    if task_file is not None:
        obs["joint_states"] = demo.sim_states[:, ARM]
    for camera, images in demo.images.items():
        if camera in CAMERAS:
            common.store(obs, CAMERAS[camera], images[:, ::-1, ::-1])
    quaternion = Rotation.from_rotvec(rotation).as_quat()
    group["actions"], group["states"] = actions, demo.sim_states
    group["robot_states"] = np.concatenate([gripper, position, quaternion], axis=1)
    last = np.zeros(len(demo), np.uint8)
    last[-1] = 1
    group["rewards"] = group["dones"] = last
    group.attrs["num_samples"], group.attrs[SEEN] = len(demo), BEFORE
    group.attrs["init_state"] = demo.sim_states[0]


def _describe(data: h5py.Group, task: Task, suite: Suite, count: int, total: int) -> None:
    """Attributes of the group of all demonstrations."""
    file = suite.task_file(task.task_id)
    text = file.read_text() if file else ""
    problem = PROBLEM.search(text)
    problem_name = problem.group(1) if problem else task.suite
    about = {"problem_name": problem_name.lower(), "domain_name": "robosuite"}
    data.attrs["problem_info"] = json.dumps(about | {"language_instruction": task.instruction})
    data.attrs["bddl_file_name"], data.attrs["bddl_file_content"] = (file.name if file else ""), text
    data.attrs["env_name"], data.attrs["macros_image_convention"] = problem_name, "opengl"
    kwargs = {"control_freq": suite.gives.action.rate_hz, "robots": ["Panda"]}
    args = {"type": 1, "env_name": problem_name, "problem_name": about["problem_name"], "env_kwargs": kwargs}
    data.attrs["env_args"] = json.dumps(args | {"bddl_file": file.name if file else ""})
    data.attrs["num_demos"], data.attrs["total"], data.attrs["tag"] = count, total, "libero-v1"


FORMAT = LiberoHDF5()
