"""Sizes of pi0 that this project builds itself: plain numbers, known without importing a model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Widths and depths. The expert has the layers and heads of the language stream, as in pi0."""

    image_size: int  # pixels
    patch: int  # pixels
    vision_layers: int
    vision_width: int
    vision_ff: int
    vision_heads: int
    layers: int
    heads: int
    head_dim: int
    width: int  # language stream
    ff: int
    expert_width: int
    expert_ff: int
    horizon: int  # actions per chunk
    pieces: bool = False
    """Pieces of words with published vectors, projected to `width`, in place of a closed vocabulary."""


SMALL = Size(
    image_size=80, patch=16, vision_layers=3, vision_width=160, vision_ff=480, vision_heads=5, layers=4,
    heads=8, head_dim=32, width=160, ff=384, expert_width=128, expert_ff=384, horizon=10,
)  # fmt: skip
"""About 3 million parameters: trains from scratch in tens of minutes on two cores."""

BASE = Size(
    image_size=96, patch=16, vision_layers=4, vision_width=192, vision_ff=576, vision_heads=6, layers=6,
    heads=8, head_dim=32, width=256, ff=512, expert_width=160, expert_ff=448, horizon=10, pieces=True,
)  # fmt: skip
"""About 7 million parameters that learn beside the vectors of word pieces: for a whole suite of tasks."""

TINY = Size(
    image_size=16, patch=8, vision_layers=1, vision_width=16, vision_ff=32, vision_heads=2, layers=3,
    heads=4, head_dim=8, width=24, ff=32, expert_width=16, expert_ff=32, horizon=10,
)  # fmt: skip
"""For tests: a forward pass takes milliseconds."""

SIZES = {"base": BASE, "small": SMALL}
"""By the name that the command line knows."""
