"""Everything is more slippery, the fingers too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation


@dataclass(frozen=True)
class Friction(Variation):
    """The quantity is the factor on sliding friction."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Scale the sliding friction of every shape; nothing is drawn."""
        edit.array("geom_friction")[:, 0] *= self.quantities[level]
        return ""


VARIATION = Friction(
    quantities=(1.0, 0.875, 0.75, 0.625, 0.5), unit="of the friction", changes="physics", groups=("dynamics",)
)
