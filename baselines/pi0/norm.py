"""Gemma's root-mean-square norm in fewer passes over memory, of which a small policy's step has dozens."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.models.gemma.modeling_gemma import GemmaRMSNorm


class Norm(GemmaRMSNorm):
    """Same parameter and result as its base; the backward pass is written out instead of derived."""

    def forward(self, x: Tensor) -> Tensor:
        """[..., width] to the same, computed in single precision."""
        out: Tensor = _Normalise.apply(x.float(), self.weight.float(), self.eps)
        return out.type_as(x)


class _Normalise(torch.autograd.Function):
    """x / rms(x) * (1 + weight)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        scale = norm.square().div_(x.shape[-1]).add_(eps).rsqrt_()
        ctx.save_for_backward(x, scale, weight)
        return (x * scale).mul_(1 + weight)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, scale, weight = ctx.saved_tensors
        for_x, for_weight = None, None
        if ctx.needs_input_grad[1]:
            for_weight = (gradient * x).mul_(scale).flatten(0, -2).sum(0)
        if ctx.needs_input_grad[0]:
            gained = gradient * (1 + weight)
            along = (gained * x).sum(-1, keepdim=True) * scale**3 / x.shape[-1]
            for_x = torch.addcmul(gained.mul_(scale), x, along, value=-1)
        return for_x, for_weight, None
