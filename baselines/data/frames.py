"""Demonstrations as training frames: images, state, instruction and the chunk of actions that follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baselines.data.images import fit
from harness.core.demonstration import Demonstration, image_count
from harness.core.errors import UserError
from harness.core.specs import Interface

FLIP_REACH = (10, 6)
"""Control steps before and after a gripper command flip that are oversampled."""
FLIP_WEIGHT = 3.0
"""How much more often: most failed episodes fail while they grasp, carry or release."""


@dataclass(frozen=True)
class Frames:
    """Arrays over all stored images of all demonstrations, in order."""

    images: NDArray[np.uint8]  # [frames, cameras, size, size, 3]
    state: NDArray[np.float32]  # [frames, state size], in the units of the state space
    chunks: NDArray[np.float32]  # [frames, horizon, action size]
    weights: NDArray[np.float64]  # [frames], relative frequency in training batches
    episode: NDArray[np.int64]  # [frames], index of the demonstration
    step: NDArray[np.int64]  # [frames], control step within it
    instruction: NDArray[np.int64]  # [frames], index into `instructions`
    instructions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.state)

    @property
    def actions(self) -> NDArray[np.float32]:
        """The action demonstrated at each frame [frames, action size]."""
        return self.chunks[:, 0]


@dataclass(frozen=True)
class Format:
    """What frames must be like for a policy."""

    image_size: int  # pixels
    horizon: int  # actions in a chunk
    needs: Interface = field(default_factory=Interface)


def from_demonstrations(demos: Sequence[Demonstration], wanted: Format) -> Frames:
    """Frames of `demos`; UserError where there are none, or where they lack what is wanted."""
    return _collect(demos, [len(demo.image_steps) for demo in demos], wanted)


def from_files(paths: Sequence[Path], wanted: Format) -> Frames:
    """Frames of saved demonstrations, read one at a time: memory is that of the resized images."""
    counts = [image_count(path) for path in paths]
    return _collect((Demonstration.load(path) for path in paths), counts, wanted)


def _collect(demos: Iterable[Demonstration], counts: list[int], wanted: Format) -> Frames:
    total, size, needs = sum(counts), wanted.image_size, wanted.needs
    if not total:
        raise UserError("no demonstration frames to learn from; make some with `python -m harness.demos`")
    frames = Frames(
        images=np.empty((total, len(needs.cameras), size, size, 3), np.uint8),
        state=np.empty((total, needs.state.size), np.float32),
        chunks=np.empty((total, wanted.horizon, needs.action.size), np.float32),
        weights=np.empty(total),
        episode=np.repeat(np.arange(len(counts)), counts),
        step=np.empty(total, np.int64),
        instruction=np.empty(total, np.int64),
        instructions=(),
    )
    known: dict[str, int] = {}
    start = 0
    for demo, count in zip(demos, counts, strict=True):
        _check(demo, needs)
        rows, steps = slice(start, start + count), demo.image_steps
        for place, camera in enumerate(needs.cameras):
            frames.images[rows, place] = fit(demo.images[camera], size)
        frames.state[rows] = demo.state[steps]
        frames.chunks[rows] = action_chunks(demo.actions, steps, wanted.horizon)
        frames.weights[rows] = release_weights(demo.actions)[steps]
        frames.step[rows] = steps
        frames.instruction[rows] = known.setdefault(demo.task.instruction, len(known))
        start += count
    return Frames(**{**vars(frames), "instructions": tuple(known)})


def _check(demo: Demonstration, needs: Interface) -> None:
    """Raise UserError where a demonstration lacks a camera, or has states or actions of another size."""
    found = f"demonstrations of {demo.task.name!r} have"
    for camera in needs.cameras:
        if camera not in demo.images:
            raise UserError(
                f"{found} images of {', '.join(demo.images)}, the policy needs {camera!r}; record others"
            )
    for what, values, size in (
        ("states", demo.state, needs.state.size),
        ("actions", demo.actions, needs.action.size),
    ):
        if values.shape[1] != size:
            raise UserError(
                f"{found} {what} of {values.shape[1]} numbers, the policy needs {size}; record others"
            )


def action_chunks(
    actions: NDArray[np.float32], steps: NDArray[np.integer], horizon: int
) -> NDArray[np.float32]:
    """The `horizon` actions from each of `steps` on [steps, horizon, action size].

    Behind the end of a demonstration the arm stays where it is and the gripper keeps its last command.
    """
    rest = np.zeros((horizon, actions.shape[1]), np.float32)
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
