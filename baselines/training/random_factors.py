"""LoRA as openpi computes it: factors per attention head, both drawn at random.

Source: `lora.Einsum` and `lora.FeedForward` in openpi's `models/lora.py`, `LoRAConfig.init_fn`. Its equation
for the output projection, `BTNH,NHL->BTL` and `BTL,NLD->BTD`, sums over heads before the second factor: head
n gets A_n times the sum of all B_m. So a gradient mask over heads does not keep unselected heads as they are:
their A is random, and the sum that it is multiplied with moves. Scale alpha / rank is 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from baselines.adaptable.trainable import RandomFactors

DEVIATION = 0.01
"""Of both factors (`LoRAConfig.init_fn`)."""


class RandomAdapter(nn.Module):
    """A linear module plus random factors; only those of trained heads are parameters.

    That is what the authors' gradient mask comes to: it acts before gradients are clipped and moments are
    taken, and weight decay of 1e-10 changes no number in single precision (compared in a test).
    """

    fixed_down: Tensor
    fixed_up: Tensor
    order: Tensor

    def __init__(self, base: nn.Linear, factors: RandomFactors, generator: torch.Generator) -> None:
        super().__init__()
        self.base, self.per_output = base, factors.per_output
        inner, outer, heads = base.in_features, base.out_features, factors.heads
        sizes = (inner, outer // heads) if self.per_output else (inner // heads, outer)
        trained, device = list(factors.trained), base.weight.device
        fixed = [head for head in range(heads) if head not in trained]
        down = _drawn((heads, sizes[0], factors.rank), generator, base.weight)
        up = _drawn((heads, factors.rank, sizes[1]), generator, base.weight)
        values = {"down": down[trained], "up": up[trained]} if trained else {}
        self.trained = nn.ParameterDict(values)
        self.register_buffer("fixed_down", down[fixed])
        self.register_buffer("fixed_up", up[fixed])
        self.register_buffer(
            "order", torch.tensor(trained + fixed, device=device).argsort(), persistent=False
        )

    @property
    def factors(self) -> tuple[Tensor, Tensor]:
        """Down and up of all heads, in their order."""
        if not len(self.trained):
            return self.fixed_down, self.fixed_up
        down = torch.cat([self.trained["down"], self.fixed_down])
        return down[self.order], torch.cat([self.trained["up"], self.fixed_up])[self.order]

    def forward(self, x: Tensor) -> Tensor:
        """[..., in_features] to [..., out_features]."""
        down, up = self.factors
        if self.per_output:
            low = torch.einsum("...m,hmr->...hr", x, down)
            added = torch.einsum("...hr,hrd->...hd", low, up).flatten(-2)
        else:
            low = torch.einsum("...hd,hdr->...r", x.unflatten(-1, (len(down), -1)), down)
            added = low @ up.sum(0)
        out = self.base(x)
        return out + added.to(out.dtype)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """The base module with what the factors add in its weight."""
        weight, (down, up) = self.base.weight, self.factors
        if self.per_output:
            weight += torch.einsum("hmr,hrd->hdm", down, up).flatten(0, 1).to(weight.dtype)
        else:
            weight += torch.einsum("hdr,rm->mhd", down, up.sum(0)).flatten(1).to(weight.dtype)
        return self.base


def _drawn(shape: tuple[int, ...], generator: torch.Generator, like: Tensor) -> Tensor:
    return (DEVIATION * torch.randn(shape, generator=generator)).to(like)
