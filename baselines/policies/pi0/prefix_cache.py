"""The language stream block by block: its frozen start once per frame, the rest at every training step.

A layer is two blocks, attention (even numbers) and feed-forward (odd numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from baselines.policies.pi0.library import DynamicCache, apply_rotary_pos_emb
from baselines.policies.pi0.network import Model, Prefix


@dataclass(frozen=True)
class Stem:
    """What the lowest blocks make of some prefixes; `keys_values` has an entry for each attention block."""

    hidden: Tensor  # [batch, length, width], what enters the next block; width 0 where none follows
    blocks: int = 0
    keys_values: tuple[tuple[Tensor, Tensor], ...] = ()  # each [batch, key-value heads, length, d_head]

    @classmethod
    def room(cls, like: Stem, count: int, dtype: torch.dtype) -> Stem:
        """Uninitialised, on the CPU, for `count` prefixes after the same blocks as `like`."""
        pairs = tuple(
            (_room(key, count, dtype), _room(value, count, dtype)) for key, value in like.keys_values
        )
        return cls(_room(like.hidden, count, dtype), like.blocks, pairs)

    def put(self, start: int, part: Stem) -> None:
        """Overwrite the prefixes from `start` on with those of `part`."""
        rows = slice(start, start + len(part.hidden))
        self.hidden[rows] = part.hidden.to(self.hidden.device)
        for own, other in zip(self.keys_values, part.keys_values, strict=True):
            for mine, theirs in zip(own, other, strict=True):
                mine[rows] = theirs.to(mine.device)

    def take(self, rows: Tensor, length: int, device: torch.device) -> Stem:
        """The prefixes `rows`, their first `length` tokens, on `device`, to go on in single precision."""
        pairs = tuple(
            (key[rows, :, :length].to(device), value[rows, :, :length].to(device))
            for key, value in self.keys_values
        )
        return Stem(self.hidden[rows, :length].to(device).float(), self.blocks, pairs)


def embed(model: Model, tokens: Tensor, ids: Tensor) -> Tensor:
    """Image tokens [batch, n, width] and instruction ids [batch, words] to what enters layer 0."""
    text = model.model.vlm.get_input_embeddings()(ids)
    return torch.cat([tokens.to(text.dtype), text], 1)


def advance(model: Model, stem: Stem, mask: Tensor, blocks: int, padded: bool) -> Stem:
    """`stem` after `blocks` more; `mask` [batch, length] is 1 on real tokens, `padded` whether any is not.

    Of the last layer only keys and values are computed: the expert reads nothing else of it.
    """
    language = model.model.vlm.language_model
    cache = _cache(stem)
    hidden, end = stem.hidden, stem.blocks + blocks
    rotary = language.rotary_emb(hidden, position_ids=mask.cumsum(-1) - 1)
    unseen = None
    if padded:  # every real token is seen by all, before and behind it
        unseen = (1 - mask[:, None, None, :]).to(hidden.dtype) * torch.finfo(hidden.dtype).min
    for block in range(stem.blocks, end):
        layer = language.layers[block // 2]
        if layer is language.layers[-1]:
            if block % 2 == 0:
                _keys_values(layer, hidden, rotary, cache)
            hidden = hidden[..., :0]
        elif block % 2 == 0:
            mixed, _ = layer.self_attn(
                hidden_states=layer.input_layernorm(hidden),
                attention_mask=unseen,
                position_embeddings=rotary,
                past_key_values=cache,
            )
            hidden = hidden + mixed
        else:
            hidden = hidden + layer.mlp(layer.post_attention_layernorm(hidden))
    return Stem(hidden, end, tuple((layer.keys, layer.values) for layer in cache.layers))


def finish(model: Model, stem: Stem, mask: Tensor, padded: bool) -> Prefix:
    """The whole prefix: all blocks that `stem` lacks, then keys and values as the expert takes them.

    `mask` and `padded` as in `advance`.
    """
    blocks = 2 * len(model.model.vlm.language_model.layers)
    return Prefix(_cache(advance(model, stem, mask, blocks - stem.blocks, padded)), mask)


def whole_mask(text_mask: Tensor, length: int) -> Tensor:
    """The mask of image tokens and text [batch, length] from that of the text [batch, words]."""
    images = length - text_mask.shape[1]
    return torch.cat([text_mask.new_ones(len(text_mask), images), text_mask], 1).long()


def _room(like: Tensor, count: int, dtype: torch.dtype) -> Tensor:
    return torch.empty((count, *like.shape[1:]), dtype=dtype)


def _cache(stem: Stem) -> Any:
    cache = DynamicCache()
    for layer, (key, value) in enumerate(stem.keys_values):
        cache.update(key, value, layer)
    return cache


def _keys_values(layer: Any, hidden: Tensor, rotary: tuple[Tensor, Tensor], cache: Any) -> None:
    attention, x = layer.self_attn, layer.input_layernorm(hidden)
    shape = (*x.shape[:-1], -1, attention.head_dim)
    key = attention.k_proj(x).view(shape).transpose(1, 2)
    value = attention.v_proj(x).view(shape).transpose(1, 2)
    cache.update(apply_rotary_pos_emb(key, key, *rotary)[1], value, attention.layer_idx)
