"""The policy: observations in, action chunks out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from baselines.policies.pi0.images import fit
from baselines.policies.pi0.network import denoise, encode_prefix, image_tokens, pad
from baselines.policies.pi0.stats import Stats
from baselines.policies.pi0.tokenizer import Tokenizer
from harness.core.specs import OSC_POSE, Observation

CAMERAS = ("agentview", "wrist")


@dataclass(frozen=True)
class Profile:
    """What a checkpoint was trained on and how it is run: the readable part of `policy.json`."""

    name: str
    image_size: int  # pixels
    horizon: int  # actions in a chunk
    replan: int = 6  # actions executed per query
    denoise_steps: int = 2
    render: str = "fast"
    assets: str = "builtin"
    training: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values by field name."""
        return asdict(self)


@dataclass(eq=False)
class Pi0Policy:
    """`transformers`' pi0 with its words and statistics; implements `harness.core.protocols.Policy`."""

    model: Any  # transformers.PI0ForConditionalGeneration
    tokenizer: Tokenizer
    stats: Stats
    profile: Profile

    @property
    def name(self) -> str:
        """Name of the checkpoint."""
        return self.profile.name

    @property
    def horizon(self) -> int:
        """Actions in a chunk."""
        return self.profile.horizon

    @property
    def replan(self) -> int:
        """Actions of a chunk executed by default before the next query."""
        return self.profile.replan

    @property
    def image_size(self) -> int:
        """Side of the square images, pixels."""
        return self.profile.image_size

    @property
    def render(self) -> str:
        """Render profile of the training images."""
        return self.profile.render

    @property
    def assets(self) -> str:
        """Asset pack of the training images."""
        return self.profile.assets

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.model.parameters()).device

    @torch.no_grad()
    def act(
        self, observations: Sequence[Observation], rngs: Sequence[np.random.Generator]
    ) -> NDArray[np.float32]:
        """Action chunks [batch, horizon, OSC_POSE.size] in [-1, 1].

        Row i takes its flow noise from `rngs[i]` alone, so it does not depend on the rest of the batch
        (up to the rounding of batched matrix products).
        """
        self.model.eval()
        config = self.model.config
        shape = (config.chunk_size, config.max_action_dim)
        noise = np.stack([rng.standard_normal(shape, np.float32) for rng in rngs])
        states = self.stats.state_in(np.stack([seen.state for seen in observations]))
        images = np.stack([self._images(seen) for seen in observations])
        ids, mask = self.tokenizer.encode([seen.instruction for seen in observations])
        tokens = image_tokens(self.model, self.tensor(images))
        prefix = encode_prefix(self.model, tokens, self.tensor(ids), self.tensor(mask))
        padded = pad(self.tensor(states), config.max_state_dim)
        scores = denoise(self.model, prefix, padded, self.tensor(noise), self.profile.denoise_steps)
        return self.stats.actions_out(scores[..., : OSC_POSE.size].float().cpu().numpy())

    def tensor(self, array: NDArray[Any]) -> torch.Tensor:
        """`array` on the policy's device."""
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

    def _images(self, seen: Observation) -> NDArray[np.uint8]:
        return np.concatenate([fit(seen.images[camera][None], self.image_size) for camera in CAMERAS])
