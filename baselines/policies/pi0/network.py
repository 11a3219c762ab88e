"""Calls into `PI0ForConditionalGeneration`: prefix once, then the expert on its keys and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PI0Config

from baselines.adaptable.batch import Draws

Model = Any  # transformers.PI0ForConditionalGeneration


@dataclass(frozen=True)
class Prefix:
    """Keys and values of images and instruction, one per row of the batch."""

    cache: Any  # transformers.DynamicCache
    mask: Tensor  # [batch, length] long, 1 on real tokens

    def repeat(self, times: int) -> Prefix:
        """Each row `times` times in a row, for several noise samples on one observation."""
        if times > 1:
            self.cache.batch_repeat_interleave(times)
        return Prefix(self.cache, self.mask.repeat_interleave(times, 0))


def image_tokens(model: Model, images: Tensor) -> Tensor:
    """uint8 [batch, cameras, size, size, 3] to embedded image tokens [batch, cameras x tokens, width]."""
    batch, cameras = images.shape[:2]
    pixels = to_pixels(images).flatten(0, 1)
    features = model.model.vlm.get_image_features(pixels).pooler_output
    return features.reshape(batch, cameras * features.shape[1], -1)


def encode_prefix(model: Model, tokens: Tensor, ids: Tensor, text_mask: Tensor) -> Prefix:
    """Run the language stream over image tokens [batch, n, width] and instruction ids [batch, words].

    Positions count real tokens, so the padding on the right changes nothing.
    """
    text = model.model.vlm.get_input_embeddings()(ids)
    embeds = torch.cat([tokens.to(text.dtype), text], 1)
    mask = torch.cat([text_mask.new_ones(tokens.shape[:2]), text_mask], 1).long()
    output = model.model.vlm(
        inputs_embeds=embeds,
        attention_mask=mask,
        position_ids=mask.cumsum(-1) - 1,
        # Type 0 everywhere makes the whole prefix attend to itself in both directions.
        token_type_ids=torch.zeros_like(mask),
        use_cache=True,
    )
    return Prefix(output.past_key_values, mask)


def velocity(model: Model, prefix: Prefix, state: Tensor, noisy: Tensor, time: Tensor) -> Tensor:
    """Flow velocity [batch, horizon, actions] at `time` [batch] (1 is noise, 0 is data).

    Appends the expert's keys and values to the prefix: crop it before another call.
    """
    return model(
        state=state, noise=noisy, timestep=time, attention_mask=prefix.mask, past_key_values=prefix.cache
    ).logits


@torch.no_grad()
def denoise(model: Model, prefix: Prefix, state: Tensor, noise: Tensor, steps: int) -> Tensor:
    """Integrate the flow from `noise` [batch, horizon, actions] to actions in `steps` Euler steps."""
    length = prefix.mask.shape[1]
    for step in range(steps):
        time = state.new_full((len(state),), 1.0 - step / steps)
        noise = noise - velocity(model, prefix, state, noise, time) / steps
        prefix.cache.crop(length - prefix.cache.get_seq_length())
    return noise


def sample_draws(config: PI0Config, rows: int, rng: np.random.Generator, device: str | torch.device) -> Draws:
    """Noise [rows, horizon, actions] and times [rows] in (0, 1].

    Times are pi0's Beta(1.5, 1), which favours the noisy end.
    """
    noise = rng.standard_normal((rows, config.chunk_size, config.max_action_dim), np.float32)
    time = rng.beta(config.time_sampling_beta_alpha, config.time_sampling_beta_beta, rows)
    time = (time * config.time_sampling_scale + config.time_sampling_offset).astype(np.float32)
    return {"noise": torch.from_numpy(noise).to(device), "time": torch.from_numpy(time).to(device)}


def flow_loss(
    model: Model, prefix: Prefix, state: Tensor, actions: Tensor, draws: Mapping[str, Tensor]
) -> Tensor:
    """Mean squared error of the velocity over the real action components.

    `state` [rows, state] and `actions` [rows, horizon, actions] are z-scores without padding; rows are
    batch x repeats, as in `draws`. Widths of the checkpoint beyond the real ones are padded with zeros
    and do not count.
    """
    found, target = _velocities(model, prefix, state, actions, draws)
    return torch.nn.functional.mse_loss(found, target)


def flow_losses(
    model: Model, prefix: Prefix, state: Tensor, actions: Tensor, draws: Mapping[str, Tensor]
) -> Tensor:
    """The same for each row, [rows]."""
    found, target = _velocities(model, prefix, state, actions, draws)
    return (found - target).square().mean((1, 2))


def _velocities(
    model: Model, prefix: Prefix, state: Tensor, actions: Tensor, draws: Mapping[str, Tensor]
) -> tuple[Tensor, Tensor]:
    """Velocity as predicted and as it should be, real components only."""
    real, noise = actions.shape[-1], draws["noise"]
    target = pad(actions, noise.shape[-1])
    time = draws["time"][:, None, None]
    noisy = time * noise + (1 - time) * target
    found = velocity(model, prefix, pad(state, model.config.max_state_dim), noisy, draws["time"])
    return found.float()[..., :real], (noise - target)[..., :real]


def to_pixels(images: Tensor) -> Tensor:
    """uint8 [batch, cameras, size, size, 3] to float [batch, cameras, 3, size, size] in [-1, 1]."""
    return images.permute(0, 1, 4, 2, 3).float().div_(127.5).sub_(1.0)


def pad(values: Tensor, width: int) -> Tensor:
    """Zeros behind the last component up to `width`."""
    return torch.nn.functional.pad(values, (0, width - values.shape[-1]))
