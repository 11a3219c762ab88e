"""Zoom blur: images smeared away from their middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.variations._sensor import Image, Sensor, clipped

COPIES = 6


@dataclass(frozen=True)
class SensorZoom(Sensor):
    """The quantity is the greatest magnification."""

    def disturbed(
        self, image: Image, amount: float, frame: np.random.Generator, lens: np.random.Generator
    ) -> Image:
        """Average the image with magnified copies of it."""
        side = len(image)
        copies = []
        for factor in np.linspace(1, amount, COPIES):
            index = ((np.arange(side) - side / 2) / factor + side / 2).round().astype(int).clip(0, side - 1)
            copies.append(image[index][:, index])
        return clipped(np.mean(copies, axis=0))


VARIATION = SensorZoom(
    quantities=(1.0, 1.075, 1.15, 1.225, 1.3),
    unit="times magnified at most",
    groups=("sensor", "libero-plus"),
)
