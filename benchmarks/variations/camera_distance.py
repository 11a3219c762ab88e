"""The outer camera stands farther away, looking at the same point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation
from benchmarks.variations._outer_camera import OuterCamera


@dataclass(frozen=True)
class CameraDistance(Variation):
    """The quantity is the factor on its distance."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Move it back along the line of sight; nothing is drawn."""
        OuterCamera(edit).back_off(self.quantities[level])
        return ""


VARIATION = CameraDistance(
    quantities=(1.0, 1.25, 1.5, 1.75, 2.0),
    unit="times the distance",
    changes="pixels",
    claims="outer camera",
    groups=("libero-plus",),
)
