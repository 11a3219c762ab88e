"""The policy: observations in, action chunks out, and all that adaptation asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.adaptable.batch import Batch, Draws, Inputs
from baselines.adaptable.normalisation import Normalisation
from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.streams import Stream, recorded
from baselines.data.images import fit
from baselines.policies.pi0 import layout, network
from baselines.policies.pi0.manifest import streams
from baselines.policies.pi0.prefix_cache import LanguageBlocks
from baselines.policies.pi0.tokenizer import Tokenizer
from harness.core.specs import Interface, Observation

FIRST_ACTION = 1
"""Token 0 of the expert is the state."""


@dataclass(frozen=True)
class Profile:
    """What a checkpoint was trained on and how it is run: the readable part of `policy.json`."""

    name: str
    image_size: int  # pixels
    horizon: int  # actions in a chunk
    replan: int = 6  # actions executed per query
    denoise_steps: int = 2
    render: str = "fast"
    training: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values by field name."""
        return asdict(self)


@dataclass(eq=False)
class Pi0Policy(AdaptablePolicy):
    """`transformers`' pi0 with its words and statistics."""

    model: Any  # transformers.PI0ForConditionalGeneration
    tokenizer: Tokenizer
    normalisation: Normalisation
    profile: Profile

    needs = Interface()
    parts = layout.PARTS
    readings = layout.READINGS

    @property
    def name(self) -> str:
        """Name of the checkpoint."""
        return self.profile.name

    @property
    def horizon(self) -> int:
        """Actions in a chunk."""
        return self.profile.horizon

    @property
    def image_size(self) -> int:  # type: ignore[override]
        """Side of the square images, pixels."""
        return self.profile.image_size

    @property
    def padded_action_size(self) -> int:
        """pi0's 32 where the checkpoint keeps them."""
        return int(self.model.config.max_action_dim)

    @property
    def streams(self) -> dict[str, Stream]:
        """Language stream and action expert, which share one grid."""
        return layout.streams(streams(self.model.config.vlm_config.text_config.to_dict()))

    @property
    def prefix(self) -> LanguageBlocks:
        """Two blocks for each layer of the language stream."""
        return LanguageBlocks(self.model, self.encode)

    @torch.no_grad()
    def act(
        self, observations: Sequence[Observation], rngs: Sequence[np.random.Generator]
    ) -> NDArray[np.float32]:
        """Action chunks [batch, horizon, action size] in [-1, 1].

        Row i takes its flow noise from `rngs[i]` alone, so it does not depend on the rest of the batch
        (up to the rounding of batched matrix products).
        """
        self.model.eval()
        config = self.model.config
        shape = (config.chunk_size, config.max_action_dim)
        noise = np.stack([rng.standard_normal(shape, np.float32) for rng in rngs])
        states = self.normalisation.state_in(np.stack([seen.state for seen in observations]))
        images = np.stack([self._images(seen) for seen in observations])
        ids, mask = self.encode([seen.instruction for seen in observations])
        prefix = network.encode_prefix(self.model, self.embed_images(self.tensor(images)), ids, mask)
        padded = network.pad(self.tensor(states), config.max_state_dim)
        steps = self.profile.denoise_steps
        scores = network.denoise(self.model, prefix, padded, self.tensor(noise), steps)
        return self.normalisation.actions_out(scores[..., : self.needs.action.size].float().cpu().numpy())

    def encode(self, instructions: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token ids and their mask, both [instructions, longest]."""
        ids, mask = self.tokenizer.encode(instructions)
        return self.tensor(ids), self.tensor(mask)

    def embed_images(self, images: Tensor) -> Tensor:
        """Image tokens [frames, cameras x tokens, width]."""
        return network.image_tokens(self.model, images)

    def draw(self, rows: int, rng: np.random.Generator) -> Draws:
        """Flow noise and times."""
        return network.sample_draws(self.model.config, rows, rng, self.device)

    def loss(self, batch: Batch) -> Tensor:
        """Flow-matching loss."""
        return network.flow_loss(self.model, *self._loss_inputs(batch))

    def losses(self, batch: Batch) -> Tensor:
        """Flow-matching loss of each row."""
        return network.flow_losses(self.model, *self._loss_inputs(batch))

    def prefix_activations(self, inputs: Inputs) -> Tensor:
        """See `baselines.adaptable.readings.reading.Readable`."""
        with recorded(self.model, self.streams["language"]) as seen:
            prefix = network.encode_prefix(self.model, inputs.features, *self.encode(inputs.instructions))
        last = prefix.mask.sum(1) - 1  # padding is on the right
        return torch.stack([values[torch.arange(len(last)), last] for values in seen], 1)

    def action_activations(self, inputs: Inputs, draws: Draws, *, clean: bool) -> Tensor:
        """See `baselines.adaptable.readings.reading.Readable`."""
        # The expert reads keys and values alone: the rest of the last language layer is not computed.
        prefix = self.prefix.finish(self.prefix.begin(inputs.features, inputs.instructions))
        state = network.pad(inputs.state, self.model.config.max_state_dim)
        actions, time = draws["noise"], torch.ones_like(state[:, 0])
        if clean:
            steps = self.profile.denoise_steps
            actions, time = network.denoise(self.model, prefix, state, actions, steps), 0 * time
        with recorded(self.model, self.streams["expert"]) as seen:
            network.velocity(self.model, prefix, state, actions, time)
        return torch.stack([values[:, FIRST_ACTION] for values in seen], 1)

    def _loss_inputs(self, batch: Batch) -> tuple[network.Prefix, Tensor, Tensor, Draws]:
        inputs = batch.inputs
        prefix = network.encode_prefix(self.model, inputs.features, *self.encode(inputs.instructions))
        return prefix.repeat(inputs.repeats), inputs.state, batch.actions, batch.draws

    def _images(self, seen: Observation) -> NDArray[np.uint8]:
        cameras = self.needs.cameras
        return np.concatenate([fit(seen.images[camera][None], self.image_size) for camera in cameras])
