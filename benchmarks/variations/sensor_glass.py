"""Images as through frosted glass, which stays where it is in an episode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.variations._sensor import Image, Sensor


@dataclass(frozen=True)
class SensorGlass(Sensor):
    """The quantity is how far pixels are displaced at most."""

    def disturbed(
        self, image: Image, amount: float, frame: np.random.Generator, lens: np.random.Generator
    ) -> Image:
        """Displace every pixel by as much as is drawn for the episode."""
        reach, high = max(1, round(amount / 100 * len(image))), len(image) - 1
        rows, columns = np.mgrid[0 : len(image), 0 : len(image)]
        down, right = lens.integers(-reach, reach + 1, (2, *rows.shape))
        return image[np.clip(rows + down, 0, high), np.clip(columns + right, 0, high)]


VARIATION = SensorGlass(
    quantities=(0.0, 1.25, 2.5, 3.75, 5.0),
    unit="% of the width",
    groups=("sensor", "libero-plus"),
)
