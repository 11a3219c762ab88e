"""The activation file and heads.json of Robotic Steering's own code (chancharikmitra/openpi_robotv).

Sources in its folder `src/openpi/head_tuning`: `adapters/base.py` writes the file, `knn/data.py` reads it,
`select.py` writes heads.json, which its training reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from harness.core.arrays import MOST_BYTES
from harness.core.errors import UserError

ENDINGS = (".h5", ".hdf5")
READINGS = {"action_clean": "first_action_token_attn", "prefix_last": "last_token_attn"}
"""Reading -> data set of a frame, [layers, heads, d_head] float32: (18, 8, 256) of pi0 and pi0.5."""

ACTIONS = (("action_label",), ("joint_velocity", "gripper_position"), ("pi_droid_action",))
"""Data sets that hold a frame's action, in the order in which the authors look for them."""

Arrays = list[np.ndarray]


def read(path: Path, reading: str) -> Arrays:
    """Activations [frames, layers, heads, d_head], actions [frames, action_dim], episode and frame [frames].

    Groups are {task}/episode_XXX/frame_XXXX; tasks and episodes come in the order of their names, frames in
    that of their numbers and are counted from 0 in each episode, as the authors do. Raises UserError for a
    file that is none, or lacks groups or data sets.
    """
    if reading not in READINGS:
        raise UserError(f"--reading {reading!r}: the authors' file has {' and '.join(READINGS)}")
    activations: Arrays = []
    actions: Arrays = []
    episode: list[int] = []
    frame: list[int] = []
    try:
        with h5py.File(path, "r") as file:
            for number, name in enumerate(_episodes(file)):
                for place, key in enumerate(sorted(file[name], key=_number)):
                    group = file[name][key]
                    activations.append(_array(group, (READINGS[reading],), path))
                    actions.append(_action(group, path))
                    episode.append(number)
                    frame.append(place)
                    if activations[0].nbytes * len(activations) > MOST_BYTES:
                        raise UserError(f"{str(path)!r}: larger than half of this machine's memory")
    except (OSError, RuntimeError) as error:
        raise UserError(
            f"cannot read {str(path)!r} as HDF5 ({' '.join(str(error).split())}); record it again"
        ) from None
    shapes = {each.shape for each in activations}, {each.shape for each in actions}
    if any(len(found) > 1 for found in shapes) or len(next(iter(shapes[0]))) != 3:
        raise UserError(
            f"{str(path)!r}: activations are {sorted(shapes[0])}, actions {sorted(shapes[1])}; all frames "
            "must be alike, [layers, heads, d_head] and [action_dim]"
        )
    return [np.stack(activations), np.stack(actions), np.array(episode), np.array(frame)]


def heads_json(heads: object, k: object, mse: object, unit: object) -> Mapping[str, object]:
    """What their training reads of heads.json."""
    return {"trainable_head_indices": heads, "best_k": k, "cv_mse": mse, "unit_mode": unit}


def _episodes(file: h5py.File) -> list[str]:
    """{task}/episode_XXX, sorted. Raises UserError where there is none, or one without frames."""
    found = []
    for task, episodes in file.items():
        if not isinstance(episodes, h5py.Group) or not all(
            isinstance(each, h5py.Group) and len(each) for each in episodes.values()
        ):
            raise UserError(
                f"{file.filename!r}: {task!r} has no groups episode_XXX with frames; it must be "
                "{task}/episode_XXX/frame_XXXX"
            )
        found += [f"{task}/{name}" for name in episodes]
    if not found:
        raise UserError(f"{file.filename!r} has no {{task}}/episode_XXX/frame_XXXX; extract it again")
    return sorted(found)


def _number(key: str) -> tuple[int, str]:
    return int(re.sub(r"\D", "", key.rpartition("_")[2]) or 0), key


def _action(group: h5py.Group, path: Path) -> NDArray[np.generic]:
    for names in ACTIONS:
        if all(name in group for name in names):
            return _array(group, names, path).reshape(-1)
    raise _lacking(group, path, ACTIONS[0][0])


def _array(group: h5py.Group, names: tuple[str, ...], path: Path) -> NDArray[np.generic]:
    """Data sets as float32, those of several names one behind the other."""
    found = []
    for name in names:
        if (
            not isinstance(group, h5py.Group)
            or name not in group
            or not isinstance(group[name], h5py.Dataset)
        ):
            raise _lacking(group, path, name)
        values = np.asarray(group[name])
        if values.dtype.kind == "V" and values.dtype.itemsize == 2:
            values = values.view("<f2")  # as knn/data.py does
        if values.dtype.kind not in "fiu":
            raise UserError(f"{str(path)!r}: {group.name}/{name} holds {values.dtype}, no numbers")
        found.append(values.astype(np.float32))
    return found[0] if len(found) == 1 else np.concatenate([each.reshape(-1) for each in found])


def _lacking(group: h5py.Group, path: Path, name: str) -> UserError:
    known = ", ".join(group) if isinstance(group, h5py.Group) else "no group"
    return UserError(
        f"{str(path)!r}: {group.name} lacks {name!r}; it has {known or 'nothing'}; extract it again"
    )
