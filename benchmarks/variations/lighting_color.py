"""Warmer light, from daylight to a candle's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation
from benchmarks.variations._lamps import tint

BLACK_BODY = {
    5000: (255, 228, 206),
    4000: (255, 209, 163),
    3000: (255, 180, 107),
    2000: (255, 137, 18),
}
"""Kelvin -> red, green, blue of a black body, of 255 (M. Charity's table, CIE 1964 10 degree observer)."""


@dataclass(frozen=True)
class LightColor(Variation):
    """The quantity is the colour temperature; 6500 K is white."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Colour every lamp alike; nothing is drawn."""
        tint(edit, np.array(BLACK_BODY[int(self.quantities[level])]) / 255)
        return ""


VARIATION = LightColor(
    quantities=(6500.0, 5000.0, 4000.0, 3000.0, 2000.0),
    unit="K",
    changes="pixels",
    groups=("libero-plus",),
)
