"""robomimic's HDF5: data/demo_N with obs of robosuite's names; robomimic's image data sets load unchanged.

Source: robomimic `envs/env_robosuite.py`, `scripts/dataset_states_to_obs.py` and its page on data sets.
Images are OpenGL's flipped top to bottom (`get_observation`): mirrored left to right against what LIBERO
hands to policies. Rows hold the observation before the action. A file is of one task, known by its name,
`env_args` or `ep_meta`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import h5py
import numpy as np

from harness.core.dataset import Dataset, Entry, Episode
from harness.core.demonstration import Demonstration
from harness.core.files import whole_file
from harness.core.protocols import Suite
from harness.interchange.formats import _hdf5 as common

CAMERAS = {"agentview": "agentview_image", "wrist": "robot0_eye_in_hand_image"}
POSITION, QUATERNION, GRIPPER = "obs/robot0_eef_pos", "obs/robot0_eef_quat", "obs/robot0_gripper_qpos"
MIRRORED = np.s_[:, :, ::-1]


class Robomimic:
    """A file of robomimic's, or a folder of them."""

    name = "robomimic"

    def recognises(self, path: Path) -> bool:
        """Whether `path` is or holds such files."""
        keys = [POSITION, *(f"obs/{key}" for key in CAMERAS.values())]
        return any(common.has(file, *keys) for file in common.files(path)[:1])

    def open(self, path: Path, cameras: Sequence[str]) -> Dataset:
        """Raises UserError where a key is missing."""
        state = (POSITION, QUATERNION, GRIPPER)
        return common.dataset(
            path,
            lambda file: (*state, *(common.camera_key(file, each, CAMERAS) for each in cameras), "actions"),
            _entries,
            lambda file, name: _load(file, name, cameras),
        )

    def write(
        self, folder: Path, demonstrations: Iterable[Demonstration], suite: Suite, *, in_videos: bool
    ) -> None:
        """Write one file a task; `in_videos` changes nothing."""
        for task, demos in groupby(demonstrations, lambda demo: demo.task):
            with whole_file(folder / f"{task.name}.hdf5") as path, h5py.File(path, "w") as file:
                data, total = file.create_group("data"), 0
                for number, demo in enumerate(demos):
                    _write(data.create_group(f"demo_{number}"), demo)
                    total += len(demo)
                data.attrs["total"] = total
                kwargs = {"control_freq": suite.gives.action.rate_hz, "robots": ["Panda"]}
                args = {"env_name": suite.name, "type": 1, "task_name": task.name, "env_kwargs": kwargs}
                data.attrs["env_args"] = json.dumps(args)


def _entries(file: Path, data: h5py.Group, names: Sequence[str]) -> list[Entry]:
    task_name = str(common.facts(data, "env_args").get("task_name") or file.stem)
    told = {name: str(common.facts(data[name], "ep_meta").get("lang", "")) for name in names}
    return [Entry(f"{file.name}:{name}", told[name], task_name, (file,)) for name in names]


def _load(file: Path, name: str, cameras: Sequence[str]) -> Episode:
    with common.opened(file) as data:
        group = data["data"][name]
        position, quaternion, gripper = common.columns(group, (POSITION, QUATERNION, GRIPPER), np.float64)
        seen = {
            camera: common.image_rows(group, common.camera_key(file, camera, CAMERAS))[MIRRORED]
            for camera in cameras
        }
        actions = np.asarray(common.array(group, "actions"), np.float32)
        states = np.asarray(common.array(group, "states"), np.float64) if "states" in group else None
    state = np.concatenate([position, axis_angle(quaternion), gripper], axis=1).astype(np.float32)
    return Episode(seen, state, actions, np.empty((len(actions), 0)) if states is None else states)


def axis_angle(quaternion: np.ndarray) -> np.ndarray:
    """[rows, 4] xyzw -> [rows, 3], angles up to 2 pi: w below 0 is not flipped, as in LIBERO's evaluation
    (robosuite utils/transform_utils.py quat2axisangle)."""
    w = np.clip(quaternion[:, 3:], -1.0, 1.0)
    length = np.sqrt(1.0 - w**2)
    angle = 2.0 * np.arccos(w)
    return np.where(length > 1e-9, quaternion[:, :3] * angle / np.maximum(length, 1e-9), 0.0)


def _write(group: h5py.Group, demo: Demonstration) -> None:
    """One demonstration with robomimic's types."""
    state = demo.state.astype(np.float64)
    group["actions"], group["states"] = demo.actions.astype(np.float64), demo.sim_states
    obs = group.create_group("obs")
    obs["robot0_eef_pos"] = state[:, common.POSITION]
    obs["robot0_eef_quat"] = _quaternion(state[:, common.ROTATION])
    obs["robot0_gripper_qpos"] = state[:, common.GRIPPER]
    for camera, images in demo.images.items():
        if camera in CAMERAS:
            common.store(obs, CAMERAS[camera], images[MIRRORED])
    last = np.zeros(len(demo))
    last[-1] = 1
    group["rewards"], group["dones"] = last, last.astype(np.int64)
    group.attrs["num_samples"] = len(demo)


def _quaternion(rotation: np.ndarray) -> np.ndarray:
    """Axis-angle [rows, 3] -> xyzw [rows, 4]; angles above pi give w below 0, so that nothing is lost."""
    angle = np.linalg.norm(rotation, axis=1, keepdims=True)
    axis = rotation / np.maximum(angle, 1e-12)
    return np.concatenate([axis * np.sin(angle / 2), np.cos(angle / 2)], axis=1)


FORMAT = Robomimic()
