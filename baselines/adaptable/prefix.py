"""The part of a forward pass that depends on images and instruction alone, block by block.

Training that leaves the lowest blocks as they are computes them once for each frame instead of at every step.
"""

from __future__ import annotations

import abc
from collections.abc import Collection, Mapping, Sequence
from typing import Generic, Protocol, Self, TypeVar

import torch
from torch import Tensor


class Prefix(Protocol):
    """What the lowest blocks make of some frames, in whatever tensors the policy needs to go on."""

    def __len__(self) -> int:
        """Frames."""

    def room(self, count: int, dtype: torch.dtype) -> Self:
        """Uninitialised, on the CPU, for `count` frames after the same blocks."""

    def put(self, start: int, part: Self) -> None:
        """Overwrite the frames from `start` on with those of `part`."""

    def take(self, rows: Tensor, device: torch.device, *, trim: bool) -> Self:
        """The frames `rows` on `device`, in single precision; `trim` cuts padding that all of them have."""


P = TypeVar("P", bound=Prefix)


class PrefixBlocks(abc.ABC, Generic[P]):
    """Blocks of a policy that can be computed one after the other, from below."""

    @abc.abstractmethod
    def frozen(self, trained: Collection[str]) -> int:
        """How many blocks stay as they are while modules and parameters of those names are trained.

        -1 where what enters the lowest block changes too.
        """

    @abc.abstractmethod
    def width(self, instructions: Sequence[str]) -> int:
        """Length of the longest of `instructions`, tokens."""

    @abc.abstractmethod
    def begin(self, features: Tensor, instructions: Sequence[str], width: int | None = None) -> P:
        """What enters the lowest block, instructions padded to `width` tokens (to the longest of them)."""

    @abc.abstractmethod
    def advance(self, prefix: P, blocks: int) -> P:
        """`prefix` after that many blocks more."""

    @abc.abstractmethod
    def loss(self, begun: P, state: Tensor, actions: Tensor, draws: Mapping[str, Tensor]) -> Tensor:
        """The loss from there on; arguments as in `Batch`. May leave out what cannot change it."""
