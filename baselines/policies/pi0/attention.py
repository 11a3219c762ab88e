"""Attention for few key-value heads: queries that share one are rows of the same matrix product."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

NAME = "grouped"


def grouped(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention of query [batch, heads, length, d_head] over key and value [batch, groups, keys, d_head].

    The same as transformers' eager attention, without copies of keys and values for every head and with
    fewer and larger products: with one group, one for each row of the batch instead of one for each head.
    Returns [batch, length, heads, d_head].
    """
    batch, heads, length, width = query.shape
    rows = (query * scaling).reshape(batch, key.shape[1], -1, width)
    scores = (rows @ key.transpose(2, 3)).view(batch, heads, length, -1)
    if attention_mask is not None:
        scores = scores + attention_mask
    weights = _Softmax.apply(scores)
    # transformers' cache turns values into the keys' precision: they are converted, not the larger weights.
    mixed = weights.view(batch, key.shape[1], -1, key.shape[2]) @ value.to(weights.dtype)
    return mixed.view(batch, heads, length, width).transpose(1, 2).contiguous(), None


class _Softmax(torch.autograd.Function):
    """Softmax over the last axis, computed in single precision and kept in the precision of the scores.

    On a CPU the kernel for bfloat16 takes three times as long; its results differ in the last bit of one
    number in 70,000.
    """

    @staticmethod
    def forward(ctx: Any, scores: Tensor) -> Tensor:
        weights = functional.softmax(scores, -1, dtype=torch.float32).to(scores.dtype)
        ctx.save_for_backward(weights)
        return weights

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (weights,) = ctx.saved_tensors
        return torch._softmax_backward_data(gradient, weights, -1, weights.dtype)


AttentionInterface.register(NAME, grouped)
AttentionMaskInterface.register(NAME, eager_mask)
