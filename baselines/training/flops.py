"""FLOPs of matrix products, counted by torch."""

from __future__ import annotations

from torch.utils.flop_counter import FlopCounterMode


def counter() -> FlopCounterMode:
    """A context that counts what runs inside; `get_total_flops()` tells how many."""
    return FlopCounterMode(display=False)


def load() -> None:
    """Import what the counter imports at its first product (1.6 s): else it falls into what is measured."""
    import torch._dynamo  # noqa: F401
