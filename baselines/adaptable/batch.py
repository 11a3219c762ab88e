"""What a policy is given to learn from and to be read on."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

Draws = dict[str, Tensor]
"""What is random in a loss or a reading, such as noise and flow times, by name: each [rows, ...]."""


@dataclass(frozen=True)
class Inputs:
    """What the policy sees of some frames."""

    features: Tensor
    """What `embed_images` makes of the frames' images, [frames, ...]."""
    instructions: tuple[str, ...]
    """One a frame."""
    state: Tensor
    """[rows, state size], normalised; rows are frames x repeats, the repeats of a frame in a row."""

    @property
    def repeats(self) -> int:
        """Rows a frame: pretraining takes several noise samples of one observation."""
        return len(self.state) // len(self.instructions)


@dataclass(frozen=True)
class Batch:
    """Frames to learn from, on the policy's device."""

    inputs: Inputs
    actions: Tensor
    """[rows, horizon, action size], normalised; more numbers an action where padding counts in the loss."""
    draws: Draws
    """[rows, ...] each, from the policy's own `draw`."""
