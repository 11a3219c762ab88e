"""Surfaces drawn by rule: planks, tiles, stripes, stone, cloth. Every draw is another one."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Real = NDArray[np.floating[Any]]

SIDE = 64
"""Pixels of one repetition."""


def vivid(rng: np.random.Generator, saturation: float = 0.6, value: float = 0.8) -> Real:
    """A colour [3] in 0 to 255 of a drawn hue."""
    return 255 * np.array(colorsys.hsv_to_rgb(rng.random(), saturation, value))


def surface(rng: np.random.Generator) -> tuple[str, Pixels]:
    """Name and pixels [SIDE, SIDE, 3] of a drawn pattern in two drawn colours."""
    name = str(rng.choice(list(_SHAPES)))
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    share = np.clip(_SHAPES[name](x, y, rng), 0, 1)[..., None]
    dark = vivid(rng, rng.uniform(0.2, 0.7), rng.uniform(0.35, 0.55))
    light = vivid(rng, rng.uniform(0.1, 0.5), rng.uniform(0.7, 0.95))
    return name, (dark + share * (light - dark)).astype(np.uint8)


def spread(tile: Pixels, height: int, width: int) -> Pixels:
    """The tile repeated over [height, width]: twice along the width of a large texture."""
    factor = max(1, width // (2 * SIDE))
    large = tile.repeat(factor, axis=0).repeat(factor, axis=1)
    times = -(-height // large.shape[0]), -(-width // large.shape[1])
    return np.tile(large, (*times, 1))[:height, :width]


def _planks(x: Pixels, y: Pixels, rng: np.random.Generator) -> Real:
    tone = rng.random(4)[y // 16]
    return 0.3 + 0.5 * tone + 0.15 * np.sin(x / 3 + 6 * tone) - 0.5 * (y % 16 == 0)


def _tiles(x: Pixels, y: Pixels, rng: np.random.Generator) -> Real:
    return ((x // 32 + y // 32) % 2) * 0.8 + 0.1


def _stripes(x: Pixels, y: Pixels, rng: np.random.Generator) -> Real:
    return ((x + y) // 8 % 2).astype(float)


def _stone(x: Pixels, y: Pixels, rng: np.random.Generator) -> Real:
    coarse = rng.random((8, 8)).repeat(8, axis=0).repeat(8, axis=1)
    return 0.6 * coarse + 0.4 * rng.random((SIDE, SIDE))


def _cloth(x: Pixels, y: Pixels, rng: np.random.Generator) -> Real:
    return 0.5 + 0.25 * (x // 2 % 2) + 0.25 * (y // 2 % 2) - 0.4 * (x % 16 < 3) - 0.3 * (y % 16 < 3)


_SHAPES = {"planks": _planks, "tiles": _tiles, "stripes": _stripes, "stone": _stone, "cloth": _cloth}
