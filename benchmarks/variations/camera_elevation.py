"""The outer camera looks down from higher up, at the same point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation
from benchmarks.variations._outer_camera import OuterCamera, rotation


@dataclass(frozen=True)
class CameraElevation(Variation):
    """The quantity is how far it rises around the point that it looks at."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Turn it about the horizontal axis of its picture; nothing is drawn."""
        camera = OuterCamera(edit)
        camera.orbit(rotation(camera.axes.as_matrix()[:, 0], -self.quantities[level]))
        return ""


VARIATION = CameraElevation(
    quantities=(0.0, 4.0, 8.0, 12.0, 15.0),
    unit="degrees of elevation",
    changes="pixels",
    claims="outer camera",
    groups=("libero-plus",),
)
