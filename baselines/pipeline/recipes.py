"""Published hyper-parameters, as changes to a method. Source: arXiv 2511.22697, its released code, openpi.

All but `auto` train on augmented images at the published rate, with a weight decay of 1e-10.

Warm-up (200 steps), AdamW's betas (0.9, 0.95), clipping (1.0), decay to a tenth, rank 16 and 20 of 144 heads
are the same in both and the defaults everywhere; 3,000 steps at batch 32 come with `--preset paper`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from baselines.data.augment import COPIES
from baselines.methods._base import PUBLISHED_RATE, Method
from baselines.methods.steer import Steer
from harness.core.errors import UserError


def apply(name: str, method: Method) -> Method:
    """`method` with the hyper-parameters of that recipe; UserError with the known names."""
    if name not in RECIPES:
        raise UserError(f"unknown recipe {name!r}; known: {', '.join(RECIPES)}")
    return RECIPES[name](method)


def _released(method: Method) -> Method:
    """The code: heads read on denoised actions, feed-forward adapters and projections trained too."""
    method = _openpi(method)
    return replace(method, reading="action_clean") if isinstance(method, Steer) else method


def _paper(method: Method) -> Method:
    """The text: heads read at the last prefix token, nothing but heads trained.

    A method that is defined without feed-forward adapters (`steer-attn`) keeps what it is defined with.
    """
    method = _openpi(method)
    if not isinstance(method, Steer):
        return method
    method = replace(method, reading="prefix_last")
    return replace(method, ffn_rank=0, projections=False) if method.ffn_rank else method


def _openpi(method: Method) -> Method:
    """What openpi's configurations share: nothing of it changes what a method trains."""
    return replace(method, learning_rate=PUBLISHED_RATE, weight_decay=WEIGHT_DECAY, augmented_copies=COPIES)


WEIGHT_DECAY = 1e-10
"""openpi's `AdamW` in `training/optimizer.py`."""

RECIPES: dict[str, Callable[[Method], Method]] = {
    "auto": lambda method: method,
    "paper": _paper,
    "released": _released,
    "openpi": _openpi,
}
"""`auto` is the released recipe with a peak learning rate that suits the policy's size."""
