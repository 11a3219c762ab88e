"""Low-rank adapters for single attention heads: nothing is computed or optimised for the other heads."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class SlicedQuery(nn.Module):
    """A query projection plus own `down` and `up` for each of `heads`.

    `base` maps d_model to heads x d_head; head h is rows h x d_head to (h + 1) x d_head of its weight.
    """

    def __init__(
        self, base: nn.Linear, heads: Sequence[int], d_head: int, rank: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.base, self.d_head = base, d_head
        self.down = _uniform((len(heads), rank, base.in_features), base.in_features, generator, base.weight)
        self.up = nn.Parameter(base.weight.new_zeros(len(heads), rank, d_head))
        self.register_buffer("index", torch.tensor(heads, device=base.weight.device), persistent=False)
        self.index: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """[..., d_model] to [..., heads x d_head]."""
        out = self.base(x).unflatten(-1, (-1, self.d_head))
        low = functional.linear(x, self.down.flatten(0, 1)).unflatten(-1, self.down.shape[:2])
        delta = torch.einsum("...hr,hrd->...hd", low, self.up)
        return out.index_add(-2, self.index, delta.to(out.dtype)).flatten(-2)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """The base projection with the adapters added to its weight."""
        rows = self.base.weight.view(-1, self.d_head, self.base.in_features)
        rows.index_add_(0, self.index, torch.einsum("hrm,hrd->hdm", self.down, self.up).to(rows.dtype))
        return self.base


class SlicedOutput(nn.Module):
    """An output projection plus own `down` and `up` for each of `heads`.

    `base` maps heads x d_head to d_model; head h is columns h x d_head to (h + 1) x d_head of its weight.
    """

    def __init__(
        self, base: nn.Linear, heads: Sequence[int], d_head: int, rank: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.base, self.d_head = base, d_head
        self.down = _uniform((len(heads), d_head, rank), d_head, generator, base.weight)
        self.up = nn.Parameter(base.weight.new_zeros(len(heads), rank, base.out_features))
        self.register_buffer("index", torch.tensor(heads, device=base.weight.device), persistent=False)
        self.index: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """[..., heads x d_head] to [..., d_model]."""
        own = x.unflatten(-1, (-1, self.d_head)).index_select(-2, self.index)
        low = torch.einsum("...hd,hdr->...hr", own, self.down).flatten(-2)
        out = self.base(x)
        return out + (low @ self.up.flatten(0, 1)).to(out.dtype)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """The base projection with the adapters added to its weight."""
        columns = self.base.weight.view(self.base.out_features, -1, self.d_head)
        delta = torch.einsum("hdr,hrm->mhd", self.down, self.up)
        columns.index_add_(1, self.index, delta.to(columns.dtype))
        return self.base


def _uniform(shape: tuple[int, ...], fan_in: int, generator: torch.Generator, like: Tensor) -> nn.Parameter:
    """Uniform within 1/sqrt(fan_in), as `peft` initialises the first factor; the second starts at zero."""
    values = (torch.rand(shape, generator=generator) * 2 - 1) / fan_in**0.5
    return nn.Parameter(values.to(like))
