"""Demonstrations as training frames: images, state, instruction and the chunk of actions that follows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.policies.pi0.images import fit
from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.specs import EEF_STATE, OSC_POSE

FLIP_REACH = (10, 6)
"""Control steps before and after a gripper command flip that are oversampled."""
FLIP_WEIGHT = 3.0
"""How much more often: most failed episodes fail while they grasp, carry or release."""


@dataclass(frozen=True)
class Frames:
    """Arrays over all stored images of all demonstrations, in order."""

    images: NDArray[np.uint8]  # [frames, 2 cameras, size, size, 3]
    state: NDArray[np.float32]  # [frames, EEF_STATE.size], metres and radians
    chunks: NDArray[np.float32]  # [frames, horizon, OSC_POSE.size]
    weights: NDArray[np.float64]  # [frames], relative frequency in training batches
    episode: NDArray[np.int64]  # [frames], index of the demonstration
    step: NDArray[np.int64]  # [frames], control step within it
    instruction: NDArray[np.int64]  # [frames], index into `instructions`
    instructions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.state)

    @property
    def actions(self) -> NDArray[np.float32]:
        """The action demonstrated at each frame [frames, OSC_POSE.size]."""
        return self.chunks[:, 0]


def from_demonstrations(demos: Sequence[Demonstration], image_size: int, horizon: int) -> Frames:
    """Frames of `demos`; UserError where there are none."""
    return _collect(demos, [len(demo.image_steps) for demo in demos], image_size, horizon)


def from_files(paths: Sequence[Path], image_size: int, horizon: int) -> Frames:
    """Frames of saved demonstrations, read one at a time: memory is that of the resized images."""
    counts = []
    for path in paths:
        with np.load(path) as file:
            counts.append(len(file["image_steps"]))
    return _collect((Demonstration.load(path) for path in paths), counts, image_size, horizon)


def read_meta(path: Path) -> dict[str, Any]:
    """Task, seed, success and asset pack of a saved demonstration, without its images."""
    try:
        with np.load(path) as file:
            return json.loads(str(file["meta"]))
    except (KeyError, ValueError, OSError) as error:
        raise UserError(
            f"{str(path)!r} is not a demonstration ({error}); move it out of the folder"
        ) from error


def _collect(demos: Iterable[Demonstration], counts: list[int], size: int, horizon: int) -> Frames:
    total = sum(counts)
    if not total:
        raise UserError("no demonstration frames to learn from; make some with `python -m harness.demos`")
    frames = Frames(
        images=np.empty((total, 2, size, size, 3), np.uint8),
        state=np.empty((total, EEF_STATE.size), np.float32),
        chunks=np.empty((total, horizon, OSC_POSE.size), np.float32),
        weights=np.empty(total),
        episode=np.repeat(np.arange(len(counts)), counts),
        step=np.empty(total, np.int64),
        instruction=np.empty(total, np.int64),
        instructions=(),
    )
    known: dict[str, int] = {}
    start = 0
    for demo, count in zip(demos, counts, strict=True):
        rows, steps = slice(start, start + count), demo.image_steps
        for place, images in enumerate(demo.images.values()):
            frames.images[rows, place] = fit(images, size)
        frames.state[rows] = demo.state[steps]
        frames.chunks[rows] = action_chunks(demo.actions, steps, horizon)
        frames.weights[rows] = release_weights(demo.actions)[steps]
        frames.step[rows] = steps
        frames.instruction[rows] = known.setdefault(demo.task.instruction, len(known))
        start += count
    return Frames(**{**vars(frames), "instructions": tuple(known)})


def action_chunks(
    actions: NDArray[np.float32], steps: NDArray[np.integer], horizon: int
) -> NDArray[np.float32]:
    """The `horizon` actions from each of `steps` on [steps, horizon, OSC_POSE.size].

    Behind the end of a demonstration the arm stays where it is and the gripper keeps its last command.
    """
    rest = np.zeros((horizon, OSC_POSE.size), np.float32)
    rest[:, -1] = actions[-1, -1]
    return np.concatenate([actions, rest])[steps[:, None] + np.arange(horizon)]


def gripper_flips(actions: NDArray[np.float32]) -> NDArray[np.int64]:
    """Steps at which the sign of the gripper command differs from the last non-zero one before."""
    gripper = np.sign(actions[:, -1])
    moving = np.flatnonzero(gripper)
    return moving[1:][gripper[moving[1:]] != gripper[moving[:-1]]]


def release_weights(actions: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sampling weight of each control step [frames]: more around gripper flips."""
    weights = np.ones(len(actions))
    before, after = FLIP_REACH
    for flip in gripper_flips(actions):
        weights[max(0, flip - before) : flip + after] = FLIP_WEIGHT
    return weights
