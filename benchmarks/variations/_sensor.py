"""What disturbances of the images have in common: every frame of every camera is spoilt."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.episode.edit import Edit, Images
from benchmarks.variations._base import Observable, Variation
from harness.core.rng import derive_rng

Image = NDArray[np.uint8]
Real = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Sensor(Variation):
    """One kind of disturbance, whose amount is the quantity."""

    changes: Observable = "pixels"

    @abstractmethod
    def disturbed(
        self, image: Image, amount: float, frame: np.random.Generator, lens: np.random.Generator
    ) -> Image:
        """The image [side, side, 3] disturbed. `frame` draws anew for each image, `lens` the same in all
        images of an episode."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Disturb all images of every query, seeded by the episode and the step."""
        seed, amount = int(rng.integers(2**32)), self.quantities[level]

        def disturb(images: Images, step: int) -> Images:
            return [
                self.disturbed(
                    image, amount, derive_rng("sensor", seed, step, camera), derive_rng("lens", seed)
                )
                for camera, image in enumerate(images)
            ]

        edit.on_images.append(disturb)
        return ""


def clipped(values: Real) -> Image:
    """Back to bytes."""
    return np.clip(values, 0, 255).astype(np.uint8)


def softened(values: Real, reach: int) -> Real:
    """Averaged over a square window of `reach` pixels, the edges repeated."""
    for axis in (0, 1):
        padded = np.pad(
            values, [(reach // 2, reach - reach // 2) if a == axis else (0, 0) for a in (0, 1)], "edge"
        )
        sums = np.cumsum(padded, axis=axis)
        upper, lower = np.split(sums, [reach], axis=axis)[1], np.split(sums, [-reach], axis=axis)[0]
        values = (upper - lower) / reach
    return values
