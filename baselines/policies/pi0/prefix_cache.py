"""The language stream block by block: its frozen start once per frame, the rest at every training step.

A layer is two blocks, attention (even numbers) and feed-forward (odd numbers).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.models.gemma.modeling_gemma import apply_rotary_pos_emb

from baselines.adaptable.prefix import PrefixBlocks
from baselines.policies.pi0.layout import LANGUAGE_LAYERS, PARTS, WORDS
from baselines.policies.pi0.network import Model, Prefix, flow_loss

Encode = Callable[[Sequence[str]], tuple[Tensor, Tensor]]
"""Instructions to ids and mask, both [instructions, longest], on the device of the model."""

_LAYER = re.compile(re.escape(LANGUAGE_LAYERS) + r"\.(\d+)\.(\w+)")
_SECOND_BLOCK = ("mlp", "post_attention_layernorm")
"""Parts of a layer behind its attention."""


@dataclass(frozen=True)
class PartialPrefix:
    """What the lowest blocks make of some prefixes; `keys_values` has an entry for each attention block."""

    hidden: Tensor  # [batch, length, width], what enters the next block; width 0 where none follows
    mask: Tensor  # [batch, length] long, 1 on real tokens
    padded: bool  # whether any token is not real
    blocks: int = 0
    keys_values: tuple[tuple[Tensor, Tensor], ...] = ()  # each [batch, key-value heads, length, d_head]

    def __len__(self) -> int:
        return len(self.hidden)

    def room(self, count: int, dtype: torch.dtype) -> PartialPrefix:
        """Uninitialised, on the CPU, for `count` prefixes after the same blocks."""
        pairs = tuple(
            (_room(key, count, dtype), _room(value, count, dtype)) for key, value in self.keys_values
        )
        mask = _room(self.mask, count, self.mask.dtype)
        return PartialPrefix(_room(self.hidden, count, dtype), mask, True, self.blocks, pairs)

    def put(self, start: int, part: PartialPrefix) -> None:
        """Overwrite the prefixes from `start` on with those of `part`."""
        rows = slice(start, start + len(part))
        self.hidden[rows] = part.hidden.to(self.hidden.device)
        self.mask[rows] = part.mask.to(self.mask.device)
        for own, other in zip(self.keys_values, part.keys_values, strict=True):
            for mine, theirs in zip(own, other, strict=True):
                mine[rows] = theirs.to(mine.device)

    def take(self, rows: Tensor, device: torch.device, *, trim: bool) -> PartialPrefix:
        """The prefixes `rows` on `device`, to go on in single precision; `trim` cuts common padding."""
        mask = self.mask[rows]
        length = int(mask.sum(1).max()) if trim else mask.shape[1]
        mask = mask[:, :length]
        pairs = tuple(
            (key[rows, :, :length].to(device), value[rows, :, :length].to(device))
            for key, value in self.keys_values
        )
        hidden = self.hidden[rows, :length].to(device).float()
        return PartialPrefix(hidden, mask.to(device), not bool(mask.all()), self.blocks, pairs)


@dataclass(frozen=True)
class LanguageBlocks(PrefixBlocks[PartialPrefix]):
    """See `PrefixBlocks`: two blocks for each layer of the language stream."""

    model: Model
    encode: Encode

    def frozen(self, trained: Collection[str]) -> int:
        """-1 where image tokens or embedded words change."""
        if any(name.startswith((*PARTS["vision"], WORDS)) for name in trained):
            return -1
        found = [match for match in map(_LAYER.match, trained) if match]
        changed = [2 * int(match[1]) + (match[2] in _SECOND_BLOCK) for match in found]
        return min([self._count, *changed])

    def width(self, instructions: Sequence[str]) -> int:
        """Tokens of the longest of `instructions`."""
        return self.encode(instructions)[0].shape[1]

    def begin(self, features: Tensor, instructions: Sequence[str], width: int | None = None) -> PartialPrefix:
        """Image tokens [batch, n, width] and embedded words, which enter layer 0."""
        ids, words = self.encode(instructions)
        missing = (width or ids.shape[1]) - ids.shape[1]
        ids, words = (torch.nn.functional.pad(values, (0, missing)) for values in (ids, words))
        text = self.model.model.vlm.get_input_embeddings()(ids)
        hidden = torch.cat([features.to(text.dtype), text], 1)
        mask = torch.cat([words.new_ones(features.shape[:2]), words], 1).long()
        return PartialPrefix(hidden, mask, not bool(words.all()))

    def advance(self, prefix: PartialPrefix, blocks: int) -> PartialPrefix:
        """Of the last layer only keys and values are computed: the expert reads nothing else of it."""
        stem, language = prefix, self.model.model.vlm.language_model
        cache = _cache(stem)
        hidden, end = stem.hidden, stem.blocks + blocks
        rotary = language.rotary_emb(hidden, position_ids=stem.mask.cumsum(-1) - 1)
        unseen = None
        if stem.padded:  # every real token is seen by all, before and behind it
            unseen = (1 - stem.mask[:, None, None, :]).to(hidden.dtype) * torch.finfo(hidden.dtype).min
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
        pairs = tuple((layer.keys, layer.values) for layer in cache.layers)
        return PartialPrefix(hidden, stem.mask, stem.padded, end, pairs)

    def finish(self, stem: PartialPrefix) -> Prefix:
        """The whole prefix: all blocks that `stem` lacks, then keys and values as the expert takes them."""
        return Prefix(_cache(self.advance(stem, self._count - stem.blocks)), stem.mask)

    def loss(
        self, begun: PartialPrefix, state: Tensor, actions: Tensor, draws: Mapping[str, Tensor]
    ) -> Tensor:
        """The flow-matching loss, from prefixes that are partly computed."""
        prefix = self.finish(begun).repeat(len(state) // len(begun))
        return flow_loss(self.model, prefix, state, actions, draws)

    @property
    def _count(self) -> int:
        return 2 * len(self.model.model.vlm.language_model.layers)


def _room(like: Tensor, count: int, dtype: torch.dtype) -> Tensor:
    return torch.empty((count, *like.shape[1:]), dtype=dtype)


def _cache(stem: PartialPrefix) -> Any:
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
