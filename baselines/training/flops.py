"""FLOPs of matrix products, counted by torch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from torch.utils.flop_counter import FlopCounterMode

from harness.core.meter import Cost


def counter() -> FlopCounterMode:
    """A context that counts what runs inside; `get_total_flops()` tells how many."""
    return FlopCounterMode(display=False)


@contextlib.contextmanager
def counted(cost: Cost) -> Iterator[None]:
    """Charges what runs inside to `cost`."""
    with counter() as found:
        yield
    cost.flops = (cost.flops or 0) + found.get_total_flops()


def load() -> None:
    """Import what the counter imports at its first product (1.6 s): else it falls into what is measured."""
    import torch._dynamo  # noqa: F401
