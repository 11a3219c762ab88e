"""Overexposed images: bright parts are lost in white."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.variations._sensor import Image, Sensor, clipped


@dataclass(frozen=True)
class SensorOverexposed(Sensor):
    """The quantity is the factor on every pixel."""

    def disturbed(
        self, image: Image, amount: float, frame: np.random.Generator, lens: np.random.Generator
    ) -> Image:
        """Multiply and clip."""
        return clipped(image * amount)


VARIATION = SensorOverexposed(
    quantities=(1.0, 1.25, 1.5, 1.75, 2.0),
    unit="times exposed",
    groups=("sensor",),
)
