"""Training batches: from rows of frames to a flow-matching loss, the same way for every method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.data.frames import Frames
from baselines.policies.pi0 import prefix_cache
from baselines.policies.pi0.images import random_shift
from baselines.policies.pi0.network import (
    Draws,
    Model,
    encode_prefix,
    flow_loss,
    image_tokens,
    training_precision,
)
from baselines.policies.pi0.policy import Pi0Policy
from baselines.policies.pi0.prefix_cache import Stem
from baselines.training import compiling
from baselines.training.image_features import CHUNK, embed_images

STATE_NOISE = 0.05
"""Deviation of the noise on z-scored states: without it the policy leans on the state alone."""


class Batches:
    """Losses of `policy` on `frames`.

    `frozen` says what will not be trained, so that it is computed once, up front, and that nothing is
    computed which cannot change the action: the vision tower and that many blocks of the language stream
    (see `baselines.policies.pi0.prefix_cache`), or -1 where the vision tower is trained too. None assumes
    nothing. Images must not be augmented where features are kept. `embedded` are the frames' image tokens,
    see `baselines.training.image_features`, where they are known already; of use with a frozen vision tower.
    `exact` computes in single precision, whatever the device is good at.
    """

    def __init__(
        self,
        policy: Pi0Policy,
        frames: Frames,
        *,
        frozen: int | None = None,
        embedded: Tensor | None = None,
        exact: bool = False,
    ) -> None:
        self.policy, self.frames, self.frozen, self.exact = policy, frames, frozen, exact
        self.ids, self.mask = policy.tokenizer.encode(frames.instructions)
        self._compiled: Callable[..., Tensor] | None = None
        self.stem = self._stem(frozen, embedded) if frozen is not None and frozen >= 0 else None
        if self.stem is not None:  # nobody looks at the images again
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
        words = frames.instruction[rows]
        # Compiled code is for one length.
        longest = self.mask.shape[1] if self._compiled else int(self.mask[words].sum(1).max())
        ids, mask = self.ids[words, :longest], self.mask[words, :longest]
        images = None
        if self.stem is None:
            images = frames.images[rows]
            images = random_shift(images, shift, rng) if shift else images
        inputs = policy.tensor(state), policy.tensor(actions), draws
        with training_precision(policy.device, self.exact):
            if self.frozen is None:
                assert images is not None
                tokens = image_tokens(policy.model, policy.tensor(images))
                prefix = encode_prefix(policy.model, tokens, policy.tensor(ids), policy.tensor(mask))
                return flow_loss(policy.model, prefix.repeat(repeats), *inputs)
            begun, whole = self._begin(rows, images, policy.tensor(ids), policy.tensor(mask))
            padded = not mask.all()
            rest = self._compiled if self._compiled and torch.is_grad_enabled() else _rest
            return rest(policy.model, begun, whole, padded, repeats, *inputs)

    def compile(self) -> None:
        """Compute further losses that are trained on by compiled code; the first one takes minutes.

        What is known up front is not part of it, nor is a vision tower that is trained.
        """
        self._compiled = torch.compile(_rest, backend=compiling.BACKEND)

    def _begin(
        self, rows: NDArray[np.int64], images: NDArray[np.uint8] | None, ids: Tensor, mask: Tensor
    ) -> tuple[Stem, Tensor]:
        """The frames' prefixes as far as they are known or come from images, and their mask."""
        if images is not None:
            tokens = image_tokens(self.policy.model, self.policy.tensor(images))
            begun = Stem(prefix_cache.embed(self.policy.model, tokens, ids))
            return begun, prefix_cache.whole_mask(mask, begun.hidden.shape[1])
        assert self.stem is not None
        length = self.stem.hidden.shape[1] - self.ids.shape[1] + ids.shape[1]
        begun = self.stem.take(torch.from_numpy(rows), length, self.policy.device)
        return begun, prefix_cache.whole_mask(mask, length)

    @torch.no_grad()
    def _stem(self, blocks: int, embedded: Tensor | None) -> Stem:
        """What the lowest `blocks` of the language stream make of every frame, on the CPU."""
        policy, frames = self.policy, self.frames
        embedded = embed_images(policy, frames, self.exact) if embedded is None else embedded
        # One allocation, filled in place: many small ones would tear holes into the heap. In the precision
        # of matrix products: features are what takes most memory where little is trained.
        whole: Stem | None = None
        with training_precision(policy.device, self.exact):
            for start in range(0, len(frames), CHUNK):
                rows = slice(start, start + CHUNK)
                words = frames.instruction[rows]
                tokens = embedded[rows].to(policy.device)
                hidden = prefix_cache.embed(policy.model, tokens, policy.tensor(self.ids[words]))
                mask = prefix_cache.whole_mask(policy.tensor(self.mask[words]), hidden.shape[1])
                padded = not self.mask[words].all()
                part = prefix_cache.advance(policy.model, Stem(hidden), mask, blocks, padded)
                whole = whole or Stem.room(part, len(frames), embedded.dtype)
                whole.put(start, part)
        assert whole is not None, "there are no frames"
        return whole


def _rest(
    model: Model,
    begun: Stem,
    mask: Tensor,
    padded: bool,
    repeats: int,
    state: Tensor,
    actions: Tensor,
    draws: Draws,
) -> Tensor:
    """The loss, from prefixes that are partly computed."""
    return flow_loss(
        model, prefix_cache.finish(model, begun, mask, padded).repeat(repeats), state, actions, draws
    )
