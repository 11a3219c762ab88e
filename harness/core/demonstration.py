"""One recorded expert episode, and its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core.files import whole_file
from harness.core.keys import Task

IMAGE, FIXTURE = "image/", "fixture/"
"""Prefixes of the names of arrays in the file."""


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
    images: Mapping[str, NDArray[np.uint8]]  # camera -> [images, height, width, 3]
    state: NDArray[np.float32]  # [frames, state size]
    actions: NDArray[np.float32]  # [frames, action size], clean
    executed: NDArray[np.float32]  # [frames, action size]
    sim_states: NDArray[np.float64]  # [frames, 1 + nq + nv]
    fixtures: dict[str, NDArray[np.float64]] = field(default_factory=dict)  # body -> [7] pos + wxyz
    assets: str = ""  # their name and hash

    def __len__(self) -> int:
        return len(self.actions)

    def save(self, path: Path) -> None:
        """Write to `path` (.npz), whole or not at all."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {f"{IMAGE}{camera}": images for camera, images in self.images.items()}
        arrays |= {f"{FIXTURE}{body}": pose for body, pose in self.fixtures.items()}
        meta = {"task": asdict(self.task), "seed": self.seed, "success": self.success, "assets": self.assets}
        with whole_file(path) as partial, partial.open("wb") as file:
            np.savez_compressed(file, meta=np.array(json.dumps(meta)), **arrays)

    @classmethod
    def load(cls, path: Path) -> Demonstration:
        """Read what `save` wrote."""
        with np.load(path) as file:
            meta = json.loads(str(file["meta"]))
            arrays = {name: file[name] for name in _ARRAYS}
            images = {name.removeprefix(IMAGE): file[name] for name in file.files if name.startswith(IMAGE)}
            fixtures = {
                name.removeprefix(FIXTURE): file[name] for name in file.files if name.startswith(FIXTURE)
            }
        return cls(
            task=Task(**meta["task"]),
            seed=meta["seed"],
            success=meta["success"],
            assets=meta["assets"],
            images=images,
            fixtures=fixtures,
            **arrays,
        )


_ARRAYS = ("image_steps", "state", "actions", "executed", "sim_states")
