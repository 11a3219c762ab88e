"""The outer camera has a wider lens: everything is smaller and more of the room is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation
from benchmarks.variations._outer_camera import OUTER


@dataclass(frozen=True)
class CameraFieldOfView(Variation):
    """The quantity is how much larger the vertical field of view is."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Widen it; nothing is drawn."""
        edit.array("cam_fovy")[edit.sim.model.camera(OUTER).id] += self.quantities[level]
        return ""


VARIATION = CameraFieldOfView(
    quantities=(0.0, 3.0, 6.0, 9.0, 12.0), unit="degrees of view more", changes="pixels"
)
