"""Clouds of grey fog, which stay where they are in an episode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.variations._sensor import Image, Sensor, clipped, softened

GREY = 200
"""Of 255."""

VARIETY = 0.36
"""By how much the thinnest cloud hides less than the thickest."""


@dataclass(frozen=True)
class SensorFog(Sensor):
    """The quantity is how much of what is behind the thickest cloud is hidden."""

    def disturbed(
        self, image: Image, amount: float, frame: np.random.Generator, lens: np.random.Generator
    ) -> Image:
        """Blend in grey, by clouds that are drawn for the episode."""
        side = -(-len(image) // 4)
        coarse = lens.random((4, 4)).repeat(side, 0).repeat(side, 1)[: len(image), : len(image)]
        cover = amount / 100 * (1 - VARIETY * softened(coarse, side)[..., None])
        return clipped(image * (1 - cover) + GREY * cover)


VARIATION = SensorFog(
    quantities=(0.0, 20.0, 35.0, 50.0, 70.0),
    unit="% hidden",
    groups=("sensor", "libero-plus"),
)
