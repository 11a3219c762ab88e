"""Two small transformers: one over image patches and words, one over state and action tokens."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.policies.planar.spec import (
    EXPERT,
    HIDDEN,
    HORIZON,
    IMAGE_SIZE,
    LANGUAGE,
    NEEDS,
    PATCH,
    SEED,
    WIDTHS,
)
from harness.core.specs import StreamInfo

BUCKETS = 32
"""A word is represented by its checksum modulo this; bucket 0 is padding."""


class Attention(nn.Module):
    """Grouped attention of `width` numbers over a context of `context_width`."""

    def __init__(self, info: StreamInfo, width: int, context_width: int) -> None:
        super().__init__()
        self.info = info
        own, shared = info.heads * info.head_size, info.kv_heads * info.head_size
        self.to_query = nn.Linear(width, own)
        self.to_key = nn.Linear(context_width, shared)
        self.to_value = nn.Linear(context_width, shared)
        self.out = nn.Linear(own, width)

    def forward(self, x: Tensor, context: Tensor, mask: Tensor) -> Tensor:
        """x [batch, length, width] over context [batch, keys, width], mask [batch, keys] on real ones."""
        query = self.to_query(x).unflatten(-1, (self.info.heads, -1)).transpose(1, 2)
        groups = self.info.heads // self.info.kv_heads
        key, value = (
            layer(context)
            .unflatten(-1, (self.info.kv_heads, -1))
            .transpose(1, 2)
            .repeat_interleave(groups, 1)
            for layer in (self.to_key, self.to_value)
        )
        seen = mask[:, None, None, :].expand(-1, 1, x.shape[1], -1)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        return self.out(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Attention and a feed-forward layer, each behind a norm."""

    def __init__(self, info: StreamInfo, width: int, hidden: int, context_width: int) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(info, width, context_width)
        self.expand, self.contract = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor, context: Tensor | None, mask: Tensor) -> Tensor:
        """x [batch, length, width]; over itself where there is no context."""
        normed = self.first(x)
        x = x + self.attention(normed, normed if context is None else context, mask)
        return x + self.contract(functional.gelu(self.expand(self.second(x))))


class Network(nn.Module):
    """The weights."""

    def __init__(self) -> None:
        super().__init__()
        language, expert = WIDTHS["language"], WIDTHS["expert"]
        self.patches = nn.Linear(3 * PATCH**2, language)
        self.words = nn.Embedding(BUCKETS, language)
        self.reader = nn.ModuleList(
            Block(LANGUAGE, language, HIDDEN["language"], language) for _ in range(LANGUAGE.layers)
        )
        self.state_in = nn.Linear(NEEDS.state.size, expert)
        self.queries = nn.Parameter(0.5 * torch.randn(HORIZON, expert))
        self.actor = nn.ModuleList(
            Block(EXPERT, expert, HIDDEN["expert"], language) for _ in range(EXPERT.layers)
        )
        self.action_out = nn.Linear(expert, NEEDS.action.size)

    @classmethod
    def fresh(cls) -> Network:
        """Weights from a fixed seed; torch's global generator is left as it was."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            return cls()

    @classmethod
    def parameter_count(cls) -> int:
        """Numbers in all parameters, without allocating them."""
        with torch.device("meta"):
            return sum(value.numel() for value in cls().parameters())

    def embed(self, images: Tensor) -> Tensor:
        """uint8 [batch, 1, size, size, 3] to patches [batch, patches, width]."""
        side = IMAGE_SIZE // PATCH
        pixels = images[:, 0].float() / 127.5 - 1
        cells = (
            pixels.reshape(-1, side, PATCH, side, PATCH, 3).transpose(2, 3).reshape(-1, side**2, 3 * PATCH**2)
        )
        return self.patches(cells)

    def read(self, features: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Patches and word ids [batch, words] to the language stream's output and its mask of real tokens."""
        words = self.words(ids)
        x = torch.cat([features.to(words.dtype), words], 1)
        mask = torch.cat([torch.ones_like(features[..., 0], dtype=torch.bool), ids > 0], 1)
        for block in self.reader:
            x = block(x, None, mask)
        return x, mask

    def predict(self, context: Tensor, mask: Tensor, state: Tensor) -> Tensor:
        """Normalised actions [batch, horizon, action size]; the state is added to every action token."""
        x = self.queries + self.state_in(state)[:, None]
        for block in self.actor:
            x = block(x, context, mask)
        return self.action_out(x)


def encode(texts: Sequence[str]) -> Tensor:
    """Word ids [texts, longest], 0 on the padding behind."""
    rows = [
        torch.tensor([1 + zlib.crc32(word.encode()) % (BUCKETS - 1) for word in text.lower().split()])
        for text in texts
    ]
    return nn.utils.rnn.pad_sequence(rows, batch_first=True)
