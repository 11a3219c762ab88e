"""Losses on stored frames, as they are or as a base policy learns from them: augmented and in other words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from baselines.adaptable.batch import Batch, Inputs
from baselines.adaptable.device import training_precision
from baselines.adaptable.policy import AdaptablePolicy
from baselines.data.augment import augment
from baselines.pretraining import wordings
from baselines.pretraining.frame_store import FrameStore
from baselines.training.batches import STATE_NOISE

AS_WRITTEN = 1 / 3
"""Share of the frames whose instruction is read as it is written; the rest in one of its other wordings."""


class Samples:
    """Batches of `store` for `policy`."""

    def __init__(self, policy: AdaptablePolicy, store: FrameStore) -> None:
        """Frames with a higher weight, around gripper commands, are drawn more often."""
        self.policy, self.store, self.frames = policy, store, store.frames
        self._wordings = [wordings.trained(text) for text in self.frames.instructions]

    def draw(self, count: int, rng: np.random.Generator, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """`count` of `rows`, sorted."""
        weights = self.frames.weights[rows]
        return np.sort(rng.choice(rows, count, p=weights / weights.sum()))

    def training_loss(
        self, rows: NDArray[np.int64], rng: np.random.Generator, repeats: int, *, augmented: bool
    ) -> Tensor:
        """Loss of the frames `rows` with noise on the state, in drawn wordings, images augmented on demand.

        `repeats` draws of noise an observation. All randomness comes from `rng`.
        """
        images = self.store.images(rows)
        if augmented:
            images = augment(images, self.policy.needs.cameras, rng)
        texts = tuple(self._word(number, rng) for number in self.frames.instruction[rows].tolist())
        return self._loss(rows, images, texts, rng, repeats, STATE_NOISE)

    def validation_loss(self, rows: NDArray[np.int64], rng: np.random.Generator, repeats: int) -> Tensor:
        """Loss of the frames `rows` as they are."""
        texts = tuple(self.frames.instructions[number] for number in self.frames.instruction[rows])
        return self._loss(rows, self.store.images(rows), texts, rng, repeats, 0.0)

    def _word(self, instruction: int, rng: np.random.Generator) -> str:
        own, *others = self._wordings[instruction]
        if not others or rng.random() < AS_WRITTEN:
            return own
        return others[rng.integers(len(others))]

    def _loss(
        self,
        rows: NDArray[np.int64],
        images: NDArray[np.uint8],
        texts: tuple[str, ...],
        rng: np.random.Generator,
        repeats: int,
        state_noise: float,
    ) -> Tensor:
        policy, frames = self.policy, self.frames
        noisy = policy.normalisation.state_in(frames.state[rows]).repeat(repeats, 0)
        noisy = noisy + state_noise * rng.standard_normal(noisy.shape, np.float32)
        actions = policy.normalisation.actions_in(frames.chunks[rows]).repeat(repeats, 0)
        draws = policy.draw(len(noisy), rng)
        with training_precision(policy.device, exact=False):
            features = policy.embed_images(policy.tensor(images))
            inputs = Inputs(features, texts, policy.tensor(noisy))
            return policy.loss(Batch(inputs, policy.tensor(actions), draws))
