"""The language stream layer by layer: its frozen start once per frame, the rest at every training step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.models.gemma.modeling_gemma import apply_rotary_pos_emb

from baselines.pi0.network import Model, Prefix


@dataclass(frozen=True)
class Stem:
    """What the lowest layers make of some prefixes; one entry of `keys_values` for each such layer."""

    hidden: Tensor  # [batch, length, width], what enters the next layer
    keys_values: tuple[tuple[Tensor, Tensor], ...] = ()  # each [batch, key-value heads, length, d_head]

    @classmethod
    def join(cls, parts: Sequence[Stem]) -> Stem:
        """The batches of `parts` in a row."""
        layers = zip(*(part.keys_values for part in parts), strict=True)
        pairs = [tuple(torch.cat(found) for found in zip(*layer, strict=True)) for layer in layers]
        return cls(torch.cat([part.hidden for part in parts]), tuple((key, value) for key, value in pairs))

    def take(self, rows: Tensor, length: int, device: torch.device) -> Stem:
        """The prefixes `rows`, their first `length` tokens, on `device`."""
        pairs = tuple(
            (key[rows, :, :length].to(device), value[rows, :, :length].to(device))
            for key, value in self.keys_values
        )
        return Stem(self.hidden[rows, :length].to(device), pairs)

    def to(self, device: str) -> Stem:
        """The same on another device."""
        pairs = tuple((key.to(device), value.to(device)) for key, value in self.keys_values)
        return Stem(self.hidden.to(device), pairs)


def embed(model: Model, tokens: Tensor, ids: Tensor) -> Tensor:
    """Image tokens [batch, n, width] and instruction ids [batch, words] to what enters layer 0."""
    text = model.model.vlm.get_input_embeddings()(ids)
    return torch.cat([tokens.to(text.dtype), text], 1)


def advance(model: Model, stem: Stem, mask: Tensor, layers: int) -> Stem:
    """`stem` after `layers` more layers; `mask` [batch, length] is 1 on real tokens.

    Of the last layer only keys and values are computed: the expert reads nothing else of it.
    """
    language = model.model.vlm.language_model
    cache: Any = DynamicCache()
    for layer, (key, value) in enumerate(stem.keys_values):
        cache.update(key, value, layer)
    hidden, first = stem.hidden, len(stem.keys_values)
    rotary = language.rotary_emb(hidden, position_ids=mask.cumsum(-1) - 1)
    # Every real token is seen by all, before and behind it.
    lowest = torch.finfo(hidden.dtype).min
    hidden_keys = (1 - mask[:, None, None, :]).to(hidden.dtype) * lowest
    for layer in language.layers[first : first + layers]:
        if layer is language.layers[-1]:
            _keys_values(layer, hidden, rotary, cache)
        else:
            hidden = layer(
                hidden, attention_mask=hidden_keys, position_embeddings=rotary, past_key_values=cache
            )
    return Stem(hidden, tuple((layer.keys, layer.values) for layer in cache.layers))


def finish(model: Model, stem: Stem, mask: Tensor) -> Prefix:
    """The whole prefix: all layers that `stem` lacks, then its keys and values as the expert takes them."""
    depth = len(model.model.vlm.language_model.layers)
    cache: Any = DynamicCache()
    for layer, (key, value) in enumerate(
        advance(model, stem, mask, depth - len(stem.keys_values)).keys_values
    ):
        cache.update(key, value, layer)
    return Prefix(cache, mask)


def _keys_values(layer: Any, hidden: Tensor, rotary: tuple[Tensor, Tensor], cache: Any) -> None:
    attention, x = layer.self_attn, layer.input_layernorm(hidden)
    shape = (*x.shape[:-1], -1, attention.head_dim)
    key = attention.k_proj(x).view(shape).transpose(1, 2)
    value = attention.v_proj(x).view(shape).transpose(1, 2)
    cache.update(apply_rotary_pos_emb(key, key, *rotary)[1], value, attention.layer_idx)
