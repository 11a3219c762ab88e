"""ImageMagick's motion blur (`MagickMotionBlurImage` of version 6, 16 bit), which LIBERO-Plus calls by Wand.

Each pixel becomes the mean of those along a line, with the weights of one side of a Gaussian.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

QUANTUM = 257
"""Of ImageMagick's 16-bit values in an 8-bit one."""


def motion_blur(image: NDArray[np.uint8], radius: int, deviation: float, angle: float) -> NDArray[np.uint8]:
    """`image` [height, width, 3] moved along `angle` degrees by `radius` pixels; edges are continued.

    `MotionBlurImage` and `GetMotionBlurKernel` in ImageMagick's effect.c.
    """
    width = 2 * radius + 1
    weights = np.exp(-(np.arange(width) ** 2) / (2.0 * deviation**2))
    x, y = width * math.cos(math.radians(angle)), width * math.sin(math.radians(angle))
    places = np.arange(width)[:, None] * np.array([y, x]) / math.hypot(x, y)
    offsets = np.ceil(places - 0.5).astype(np.int64)
    total = np.zeros(image.shape)
    _add(total, image, weights / weights.sum(), offsets)
    return np.asarray(np.floor(total + 0.5) // QUANTUM).astype(np.uint8)


@njit(cache=True)
def _add(
    total: NDArray[np.float64],
    image: NDArray[np.uint8],
    weights: NDArray[np.float64],
    offsets: NDArray[np.int64],
) -> None:
    """Add to `total` what lies at `offsets` [count, 2], row and column, of each pixel."""
    height, width, channels = image.shape
    for number in range(len(weights)):
        for row in range(height):
            y = min(max(row + offsets[number, 0], 0), height - 1)
            for column in range(width):
                x = min(max(column + offsets[number, 1], 0), width - 1)
                for channel in range(channels):
                    total[row, column, channel] += weights[number] * image[y, x, channel] * QUANTUM
