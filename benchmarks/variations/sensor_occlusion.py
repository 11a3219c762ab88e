"""A dark spot on the lens, which stays where it is in an episode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.variations._sensor import Image, Sensor

DIRT = np.uint8(25)


@dataclass(frozen=True)
class SensorOcclusion(Sensor):
    """The quantity is the spot's diameter."""

    def disturbed(
        self, image: Image, amount: float, frame: np.random.Generator, lens: np.random.Generator
    ) -> Image:
        """Blacken a disc whose middle is drawn for the episode."""
        side = len(image)
        row, column = lens.uniform(0.2, 0.8, 2) * side
        rows, columns = np.mgrid[0:side, 0:side]
        hidden = np.hypot(rows - row, columns - column) < amount / 100 * side / 2
        return np.where(hidden[..., None], DIRT, image)


VARIATION = SensorOcclusion(
    quantities=(0.0, 9.0, 18.0, 26.0, 35.0),
    unit="% of the width",
    groups=("sensor",),
)
