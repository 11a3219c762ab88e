"""Published hyper-parameters, as changes to a method. Source: arXiv 2511.22697 and its released code.

Warm-up (200 steps), AdamW's betas (0.9, 0.95), clipping (1.0), decay to a tenth, rank 16 and 20 of 144 heads
are the same in both and the defaults everywhere; 3,000 steps at batch 32 come with `--preset paper`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

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
    changes: dict[str, Any] = {"learning_rate": PUBLISHED_RATE}
    if isinstance(method, Steer):
        changes |= {"reading": "action_clean"}
    return replace(method, **changes)


def _paper(method: Method) -> Method:
    """The text: heads read at the last prefix token, nothing but heads trained.

    A method that is defined without feed-forward adapters (`steer-attn`) keeps what it is defined with.
    """
    changes: dict[str, Any] = {"learning_rate": PUBLISHED_RATE}
    if isinstance(method, Steer):
        changes |= {"reading": "prefix_last"}
        if method.ffn_rank:
            changes |= {"ffn_rank": 0, "projections": False}
    return replace(method, **changes)


RECIPES: dict[str, Callable[[Method], Method]] = {
    "auto": lambda method: method,
    "paper": _paper,
    "released": _released,
}
"""`auto` is the released recipe with a peak learning rate that suits the policy's size."""
