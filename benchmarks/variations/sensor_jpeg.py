"""Images compressed by JPEG, until blocks show."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from benchmarks.variations._sensor import Image, Sensor


@dataclass(frozen=True)
class SensorJpeg(Sensor):
    """The quantity is the quality that JPEG is told, of 100."""

    def disturbed(
        self, image: Image, amount: float, frame: np.random.Generator, lens: np.random.Generator
    ) -> Image:
        """Compress and unpack."""
        from PIL import Image as Pictures

        file = io.BytesIO()
        Pictures.fromarray(image).save(file, "JPEG", quality=round(amount))
        return np.asarray(Pictures.open(file))


VARIATION = SensorJpeg(
    quantities=(100.0, 26.0, 19.0, 11.0, 4.0),
    unit="of 100, quality",
    groups=("sensor",),
)
