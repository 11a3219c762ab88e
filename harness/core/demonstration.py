"""One recorded expert episode, and its file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core import arrays, jpeg
from harness.core.errors import UserError
from harness.core.files import whole_file
from harness.core.keys import Task

UNVARIED = "none"
"""What an episode is varied by when it is not."""

IMAGE_EVERY = 2
"""Images are kept for every second step: rendering is most of the cost, neighbours are nearly equal."""

Setting = Callable[[int], str]
"""Seed of a demonstration -> what it is varied by, such as `lighting:2+camera:1`, or `UNVARIED`."""


def unvaried(seed: int) -> str:
    """No demonstration is varied."""
    return UNVARIED


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
    variation: str = UNVARIED

    def __len__(self) -> int:
        return len(self.actions)

    def save(self, path: Path, quality: int | None = None) -> None:
        """Write to `path` (.npz), whole or not at all; images as JPEG of that `quality`, or as they are."""
        values = {name: getattr(self, name) for name in _ARRAYS}
        for camera, images in self.images.items():
            if quality is None:
                values[f"{IMAGE}{camera}"] = images
            else:
                values |= jpeg.arrays(camera, [jpeg.encode(image, quality) for image in images])
        values |= {f"{FIXTURE}{body}": pose for body, pose in self.fixtures.items()}
        about = ("seed", "success", "assets", "variation")
        meta = {"task": asdict(self.task)} | {name: getattr(self, name) for name in about}
        with whole_file(path) as partial, partial.open("wb") as file:
            np.savez_compressed(file, meta=np.array(json.dumps(meta)), **values)

    @classmethod
    def load(cls, path: Path) -> Demonstration:
        """Read what `save` wrote. Raises UserError for anything else."""
        try:
            found = arrays.read(path)
            meta = Meta.parse(found["meta"])
            for camera, encoded in jpeg.images(found).items():
                found[f"{IMAGE}{camera}"] = np.stack([jpeg.decode(each) for each in encoded])
            _check(found)
        except (ValueError, KeyError) as error:
            raise damaged(path, error) from None
        return cls(
            **vars(meta),
            image_steps=found["image_steps"],
            images=_named(found, IMAGE),
            state=found["state"],
            actions=found["actions"],
            executed=found["executed"],
            sim_states=found["sim_states"],
            fixtures=_named(found, FIXTURE),
        )


@dataclass(frozen=True)
class Meta:
    """What a demonstration's file says of it beside the arrays."""

    task: Task
    seed: int
    success: bool
    assets: str
    variation: str

    @classmethod
    def parse(cls, array: np.ndarray) -> Meta:
        """Raises ValueError where something is missing or of another type."""
        try:
            found = json.loads(str(array))
            meta = cls(
                Task(**found["task"]), found["seed"], found["success"], found["assets"], found["variation"]
            )
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"its meta lacks {error}") from None
        task = meta.task
        kinds = [(meta.seed, int), (meta.success, bool), (meta.assets, str), (meta.variation, str)]
        kinds += [(task.task_id, int), *((text, str) for text in (task.suite, task.name, task.instruction))]
        if wrong := [value for value, kind in kinds if type(value) is not kind]:
            raise ValueError(f"its meta has {wrong[0]!r}")
        return meta

    @classmethod
    def load(cls, path: Path) -> Meta:
        """Of the file at `path`, without its arrays. Raises UserError for anything else."""
        try:
            return cls.parse(arrays.read(path, ("meta",))["meta"])
        except (ValueError, KeyError) as error:
            raise damaged(path, error) from None


def image_count(path: Path) -> int:
    """Of the file at `path`, without the images. Raises UserError for anything else."""
    try:
        return len(arrays.read(path, ("image_steps",))["image_steps"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, error) from None


REMEDY = "; move it out of the folder"
"""For a file that somebody put there."""


def damaged(path: Path, why: Exception) -> UserError:
    """What to say of a file that is no demonstration."""
    said = f"it has no {why}" if isinstance(why, KeyError) else str(why)
    return UserError(f"{str(path)!r} is not a demonstration ({said}){REMEDY}")


def _check(found: Mapping[str, np.ndarray]) -> None:
    """Raise ValueError where arrays do not fit together, or hold what is not finite."""
    for name, (kind, dimensions) in _ARRAYS.items():
        if found[name].dtype != kind or found[name].ndim != dimensions:
            raise ValueError(f"array {name!r} is of another type or shape")
        if not np.isfinite(found[name]).all():
            raise ValueError(f"array {name!r} has numbers that are not finite")
    steps, frames = found["image_steps"], len(found["actions"])
    if any(len(found[name]) != frames for name in ("state", "executed", "sim_states")):
        raise ValueError("its arrays are of different lengths")
    if len(steps) and not (steps[0] >= 0 and steps[-1] < frames and (np.diff(steps) > 0).all()):
        raise ValueError("array 'image_steps' names frames that are not there")
    for name, values in found.items():
        image = name.startswith(IMAGE)
        if image and (values.dtype != np.uint8 or values.shape[1:2] != values.shape[2:3]):
            raise ValueError(f"array {name!r} holds no square images")
        wanted = (len(steps), *values.shape[1:3], 3) if image else (7,)
        if (image or name.startswith(FIXTURE)) and values.shape != wanted:
            raise ValueError(f"array {name!r} is of another shape")


def _named(values: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Those whose names begin with `prefix`, by the rest of their names."""
    return {name.removeprefix(prefix): each for name, each in values.items() if name.startswith(prefix)}


_ARRAYS = {
    "image_steps": (np.int32, 1),
    "state": (np.float32, 2),
    "actions": (np.float32, 2),
    "executed": (np.float32, 2),
    "sim_states": (np.float64, 2),
}
"""Name -> type and number of dimensions."""
