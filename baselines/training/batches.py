"""Training batches: from rows of frames to a loss, the same way for every policy and method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from baselines.adaptable.batch import Batch, Draws, Inputs
from baselines.adaptable.device import training_precision
from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.prefix import Prefix
from baselines.adaptable.trainable import Trainable
from baselines.data.augment import augment
from baselines.data.frames import Frames
from baselines.training.features import CHUNK, embed_images

STATE_NOISE = 0.05
"""Deviation of the noise on normalised states: without it the policy leans on the state alone."""


def frozen_blocks(policy: AdaptablePolicy, trainable: Trainable) -> int:
    """How much of the forward pass training leaves as it is, for `Batches`.

    Blocks of the policy's prefix; 0 where nothing but what it makes of images stays, -1 for not even that.
    """
    names = set(trainable.names(policy.streams))
    if policy.prefix is not None:
        return policy.prefix.frozen(names)
    return -1 if any(name.startswith(policy.parts.get("vision", ())) for name in names) else 0


class Batches:
    """Losses of `policy` on `frames`.

    `frozen` says what will not be trained, as `frozen_blocks` does, so that it is computed once, up front,
    and that nothing is computed which cannot change the action. None assumes nothing. `loss` must not change
    images where features are kept. `features` are those of all frames, see `baselines.training.features`,
    where they are known already; of use with a frozen vision part. `exact` computes in single precision,
    whatever the device is good at. With `pads_actions` the loss counts all the numbers of an action that the
    network has.
    """

    def __init__(
        self,
        policy: AdaptablePolicy,
        frames: Frames,
        *,
        frozen: int | None = None,
        features: Tensor | None = None,
        exact: bool = False,
        pads_actions: bool = False,
    ) -> None:
        self.policy, self.frames, self.exact = policy, frames, exact
        self.padding = policy.padded_action_size - policy.needs.action.size if pads_actions else 0
        self.blocks = policy.prefix if frozen is not None else None
        self._loss: Callable[..., Tensor] | None = None
        self._width = self.blocks.width(frames.instructions) if self.blocks else 0
        self.prefix: Prefix | None = None
        self.features: Tensor | None = None
        if frozen is None or frozen < 0:
            return
        features = embed_images(policy, frames, exact) if features is None else features
        if self.blocks is None:
            self.features = features
        else:
            self.prefix = self._compute(frozen, features)
        # Nobody looks at the images again.
        self.frames = replace(frames, images=np.empty((len(frames), 0), np.uint8))

    @property
    def rows(self) -> NDArray[np.int64]:
        """All frames, by index."""
        return np.arange(len(self.frames))

    def draw(self, count: int, rng: np.random.Generator, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """`count` of `rows`, sorted; frames around gripper commands come more often."""
        weights = self.frames.weights[rows]
        return np.sort(rng.choice(rows, count, p=weights / weights.sum()))

    def loss(
        self,
        rows: NDArray[np.int64],
        rng: np.random.Generator,
        *,
        repeats: int = 1,
        state_noise: float = STATE_NOISE,
        augmented: bool = False,
    ) -> Tensor:
        """Loss of the frames `rows`, `repeats` random draws each.

        `augmented` changes the images as openpi does (`baselines.data.augment`). All randomness comes from
        `rng`.
        """
        policy, frames = self.policy, self.frames
        noisy = policy.normalisation.state_in(frames.state[rows]).repeat(repeats, 0)
        noisy = noisy + state_noise * rng.standard_normal(noisy.shape, np.float32)
        actions = policy.tensor(policy.normalisation.actions_in(frames.chunks[rows]).repeat(repeats, 0))
        actions = functional.pad(actions, (0, self.padding))
        draws, state = policy.draw(len(noisy), rng), policy.tensor(noisy)
        images = frames.images[rows]
        if augmented:
            images = augment(images, policy.needs.cameras, rng)
        with training_precision(policy.device, self.exact):
            if self.prefix is not None:
                trim = self._loss is None  # compiled code is for one length
                begun = self.prefix.take(torch.from_numpy(rows), policy.device, trim=trim)
                return self._rest(begun, state, actions, draws)
            features, words = self._features(rows, images), self._instructions(rows)
            if self.blocks is None:
                return policy.loss(Batch(Inputs(features, words, state), actions, draws))
            begun = self.blocks.begin(features, words, self._width if self._loss else None)
            return self._rest(begun, state, actions, draws)

    def compile(self, backend: str) -> None:
        """Compute further losses that are trained on by compiled code; the first one takes minutes.

        What is known up front is not part of it, nor is a vision part that is trained. Policies without
        prefix blocks stay as they are.
        """
        if self.blocks is not None:
            self._loss = torch.compile(self.blocks.loss, backend=backend)

    def _rest(self, begun: Any, state: Tensor, actions: Tensor, draws: Draws) -> Tensor:
        assert self.blocks is not None
        loss = self._loss if self._loss and torch.is_grad_enabled() else self.blocks.loss
        return loss(begun, state, actions, draws)

    def _features(self, rows: NDArray[np.int64], images: NDArray[np.uint8]) -> Tensor:
        if self.features is not None:
            return self.features[torch.from_numpy(rows)].to(self.policy.device)
        return self.policy.embed_images(self.policy.tensor(images))

    def _instructions(self, rows: NDArray[np.int64]) -> tuple[str, ...]:
        return tuple(self.frames.instructions[number] for number in self.frames.instruction[rows])

    @torch.no_grad()
    def _compute(self, count: int, features: Tensor) -> Prefix:
        """What the lowest `count` blocks make of every frame, on the CPU."""
        policy, blocks = self.policy, self.blocks
        assert blocks is not None
        # One allocation, filled in place: many small ones would tear holes into the heap. In the precision
        # of matrix products: features are what takes most memory where little is trained.
        whole: Prefix | None = None
        with training_precision(policy.device, self.exact):
            for start in range(0, len(features), CHUNK):
                rows = np.arange(start, min(start + CHUNK, len(features)))
                known = features[start : start + CHUNK].to(policy.device)
                begun = blocks.begin(known, self._instructions(rows), self._width)
                part = blocks.advance(begun, count)
                whole = whole or part.room(len(features), features.dtype)
                whole.put(start, part)
        assert whole is not None, "there are no frames"
        return whole
