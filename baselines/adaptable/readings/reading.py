"""What a reading is, and what it asks of a policy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor

from baselines.adaptable.batch import Draws, Inputs


class Readable(Protocol):
    """A policy whose attention outputs can be read: [frames, layers, heads x head_size] each."""

    def prefix_activations(self, inputs: Inputs) -> Tensor:
        """Of the language stream at the last token of images and instruction that is no padding."""

    def action_activations(self, inputs: Inputs, draws: Draws, *, clean: bool) -> Tensor:
        """Of the stream that acts, at the first action token.

        Actions are the noise of `draws` at flow time 1, or, where `clean`, what the whole denoising makes of
        that noise, in one more pass at time 0. The same for a policy without noise.
        """


@dataclass(frozen=True)
class Reading(ABC):
    """Activations of all heads of one stream of a policy."""

    stream: str
    """Whose heads are read."""

    fresh_noise: ClassVar[bool] = False
    """Whether each frame has noise of its own; else activations differ by what the policy sees alone."""

    @abstractmethod
    def read(self, policy: Readable, inputs: Inputs, draws: Draws) -> Tensor:
        """[frames, layers, heads x head_size]; `draws` [frames, ...] each, from the policy's `draw`."""
