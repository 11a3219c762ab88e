"""What a policy must offer to be adapted, beyond acting."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from baselines.adaptable.batch import Batch, Draws, Inputs
from baselines.adaptable.device import device_name
from baselines.adaptable.normalisation import Normalisation
from baselines.adaptable.prefix import PrefixBlocks
from baselines.adaptable.readings.reading import Reading
from baselines.adaptable.streams import Stream
from baselines.data.frames import Format
from harness.core.errors import UserError
from harness.core.protocols import Policy
from harness.core.specs import Interface, Observation


class AdaptablePolicy(Policy, abc.ABC):
    """A policy of one torch module whose attention heads and linear layers can be adapted.

    Implement `act`, `streams`, `readings`, `losses` and the two activations, and set the attributes below.
    Everything else has a default. `baselines.contracts` tells whether an implementation keeps its promises.
    """

    model: nn.Module
    """All weights. Copies of a policy are made by copying this module: keep no other reference to it."""
    normalisation: Normalisation
    """Of states and actions; where it is the identity, adaptation measures it on its demonstrations. It is
    saved with every adapter."""
    image_size: int
    """Side of the square images, pixels."""
    needs: Interface
    """Cameras, in the order of the images in a batch, and the spaces of state and action."""
    parts: Mapping[str, tuple[str, ...]]
    """Part -> what the names of its parameters begin with; every parameter belongs to one. Methods know
    `vision`, the stream names `language` and `expert`, and `projections` (between robot and network)."""

    @property
    @abc.abstractmethod
    def streams(self) -> Mapping[str, Stream]:
        """Streams by name, in the order of `PolicyInfo.streams`."""

    @property
    @abc.abstractmethod
    def readings(self) -> Mapping[str, Reading]:
        """Where its activations can be read, by name; see `baselines.adaptable.readings`."""

    @abc.abstractmethod
    def act(
        self, observations: Sequence[Observation], rngs: Sequence[np.random.Generator]
    ) -> NDArray[np.float32]:
        """See `harness.core.protocols.Policy`."""

    @abc.abstractmethod
    def losses(self, batch: Batch) -> Tensor:
        """Training loss of each row, [rows], by a forward pass of all layers."""

    @abc.abstractmethod
    def prefix_activations(self, inputs: Inputs) -> Tensor:
        """See `baselines.adaptable.readings.reading.Readable`."""

    @abc.abstractmethod
    def action_activations(self, inputs: Inputs, draws: Draws, *, clean: bool) -> Tensor:
        """See `baselines.adaptable.readings.reading.Readable`."""

    def loss(self, batch: Batch) -> Tensor:
        """Mean of `losses`, a number."""
        return self.losses(batch).mean()

    def draw(self, rows: int, rng: np.random.Generator) -> Draws:
        """The random part of the loss of that many rows; nothing by default."""
        return {}

    def embed_images(self, images: Tensor) -> Tensor:
        """uint8 [frames, cameras, size, size, 3] to features [frames, ...] that depend on no other input.

        They are kept between steps where no parameter of the part `vision` is trained. By default they are
        the images themselves.
        """
        return images

    @property
    def prefix(self) -> PrefixBlocks[Any] | None:
        """What else of the forward pass can be kept while its lower part is frozen; None for nothing."""
        return None

    @property
    def format(self) -> Format:
        """What training frames must be like."""
        return Format(self.image_size, self.horizon, self.needs)

    @property
    def padded_action_size(self) -> int:
        """Numbers of an action within the network; those beyond the robot's are zeros."""
        return self.needs.action.size

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.model.parameters()).device

    @property
    def hardware(self) -> str:
        """See `harness.core.protocols.Policy.hardware`."""
        return device_name(str(self.device))

    def tensor(self, array: NDArray[Any]) -> Tensor:
        """`array` on the policy's device."""
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

    def stream(self, name: str) -> Stream:
        """The stream called `name`; UserError with the known names."""
        if name not in self.streams:
            raise UserError(f"unknown stream {name!r}; {self.name} has {', '.join(self.streams)}")
        return self.streams[name]

    def reading(self, name: str) -> Reading:
        """The reading called `name`; UserError with the known names."""
        if name not in self.readings:
            raise UserError(f"unknown reading {name!r}; {self.name} has {', '.join(self.readings)}")
        return self.readings[name]

    def parameter_counts(self, names: Mapping[str, nn.Parameter] | None = None) -> dict[str, int]:
        """Numbers in the given parameters (all of the model) by part."""
        found = dict(self.model.named_parameters()) if names is None else names
        counts = dict.fromkeys(self.parts, 0)
        for name, value in found.items():
            counts[self.part(name)] += value.numel()
        return counts

    def part(self, parameter: str) -> str:
        """The part that a parameter belongs to."""
        return next(part for part, starts in self.parts.items() if parameter.startswith(starts))
