"""Training batches: from rows of frames to a flow-matching loss, the same way for every method."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.frames import Frames
from baselines.pi0.images import random_shift
from baselines.pi0.network import (
    Draws,
    encode_prefix,
    flow_loss,
    image_tokens,
    training_precision,
)
from baselines.pi0.policy import Pi0Policy

STATE_NOISE = 0.05
"""Deviation of the noise on z-scored states: without it the policy leans on the state alone."""


class Batches:
    """Losses of `policy` on `frames`.

    With `cache_vision` the image tokens of every frame are computed once, up front: right as long as
    nothing in or below the image projector is trained and images are not augmented.
    """

    def __init__(self, policy: Pi0Policy, frames: Frames, *, cache_vision: bool = False) -> None:
        self.policy, self.frames = policy, frames
        self.ids, self.mask = policy.tokenizer.encode(frames.instructions)
        self.tokens = self._all_tokens() if cache_vision else None

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
        shift: int = 0,
    ) -> Tensor:
        """Flow-matching loss of the frames `rows`, `repeats` noise samples each.

        `shift` moves each image at random by up to that many pixels. All randomness comes from `rng`.
        """
        policy, frames = self.policy, self.frames
        state = policy.stats.state_in(frames.state[rows]).repeat(repeats, 0)
        state = state + state_noise * rng.standard_normal(state.shape, np.float32)
        actions = policy.stats.actions_in(frames.chunks[rows]).repeat(repeats, 0)
        draws = Draws.sample(policy.model.config, len(state), rng, policy.device)
        images = None
        if self.tokens is None:
            images = frames.images[rows]
            images = random_shift(images, shift, rng) if shift else images
        words = frames.instruction[rows]
        longest = int(self.mask[words].sum(1).max())
        ids, mask = self.ids[words, :longest], self.mask[words, :longest]
        with training_precision(policy.device):
            tokens = self._tokens(rows, images)
            prefix = encode_prefix(policy.model, tokens, policy.tensor(ids), policy.tensor(mask))
            return flow_loss(
                policy.model, prefix.repeat(repeats), policy.tensor(state), policy.tensor(actions), draws
            )

    def _tokens(self, rows: NDArray[np.int64], images: NDArray[np.uint8] | None) -> Tensor:
        if self.tokens is not None:
            return self.tokens[torch.from_numpy(rows)].to(self.policy.device)
        assert images is not None
        return image_tokens(self.policy.model, self.policy.tensor(images))

    @torch.no_grad()
    def _all_tokens(self) -> Tensor:
        with training_precision(self.policy.device):
            parts = [
                image_tokens(self.policy.model, self.policy.tensor(self.frames.images[start : start + 64]))
                for start in range(0, len(self.frames), 64)
            ]
        return torch.cat([part.cpu() for part in parts])
