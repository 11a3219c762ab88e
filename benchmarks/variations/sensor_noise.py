"""Noisy images: normal noise on every channel of every pixel, new in each frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.variations._sensor import Image, Sensor, clipped


@dataclass(frozen=True)
class SensorNoise(Sensor):
    """The quantity is the noise's standard deviation."""

    def disturbed(
        self, image: Image, amount: float, frame: np.random.Generator, lens: np.random.Generator
    ) -> Image:
        """Add drawn noise."""
        return clipped(image + amount * frame.standard_normal(image.shape))


VARIATION = SensorNoise(
    quantities=(0.0, 12.5, 25.0, 37.5, 50.0),
    unit="of 255, deviation",
    groups=("sensor", "libero-plus"),
)
