"""Upload large textures smaller than they are, without touching the compiled model for longer than that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import mujoco
import numpy as np
from numpy.typing import NDArray

MAX_SIDE = 512
"""Texels that the shorter side of a texture may have. LIBERO's objects have up to 4096, on fewer than a
hundred pixels of an image: OpenGL then draws from a smaller copy of the texture all the same."""


@contextmanager
def shrunk(model: mujoco.MjModel, textures: Iterable[int]) -> Iterator[None]:
    """While inside, these textures of `model` are at most MAX_SIDE wide and high: halved as often as needed,
    each texel the mean of those that it stands for. Undone on exit."""
    undo: list[tuple[int, int, NDArray[np.uint8]]] = []
    try:
        for texture in textures:
            height, width = int(model.tex_height[texture]), int(model.tex_width[texture])
            factor = halvings(min(height, width))
            if factor == 1 or height % factor or width % factor:
                continue
            start, channels = int(model.tex_adr[texture]), int(model.tex_nchannel[texture])
            pixels = model.tex_data[start : start + height * width * channels]
            small = reduced(pixels.reshape(height, width, channels), factor).reshape(-1)
            undo.append((texture, factor, pixels[: len(small)].copy()))
            pixels[: len(small)] = small
            model.tex_height[texture] //= factor
            model.tex_width[texture] //= factor
        yield
    finally:
        for texture, factor, before in undo:
            start = int(model.tex_adr[texture])
            model.tex_data[start : start + len(before)] = before
            model.tex_height[texture] *= factor
            model.tex_width[texture] *= factor


def halvings(side: int) -> int:
    """The power of two by which a side is divided."""
    factor = 1
    while side > factor * MAX_SIDE:
        factor *= 2
    return factor


def reduced(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Means of squares of `factor` by `factor` texels; both sides are multiples of it."""
    import cv2  # not at the top: profile `exact` never needs it

    height, width, channels = pixels.shape
    small = np.empty((height // factor, width // factor, channels), dtype=np.uint8)
    cv2.resize(pixels, small.shape[1::-1], dst=small, interpolation=cv2.INTER_AREA)
    return small
