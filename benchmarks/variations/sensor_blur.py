"""Motion blur: images smeared along their rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.variations._sensor import Image, Sensor, clipped


@dataclass(frozen=True)
class SensorBlur(Sensor):
    """The quantity is how far."""

    def disturbed(
        self, image: Image, amount: float, frame: np.random.Generator, lens: np.random.Generator
    ) -> Image:
        """Average the image with copies of it that are moved sideways."""
        count = max(2, round(amount / 100 * image.shape[1]))
        return clipped(
            np.mean([np.roll(image, shift - count // 2, axis=1) for shift in range(count)], axis=0)
        )


VARIATION = SensorBlur(
    quantities=(0.0, 3.0, 6.0, 9.0, 12.0),
    unit="% of the width",
    groups=("sensor", "libero-plus"),
)
