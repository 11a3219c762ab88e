"""The outer camera is tilted about its line of sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation
from benchmarks.variations._outer_camera import OuterCamera


@dataclass(frozen=True)
class CameraRoll(Variation):
    """The quantity is the angle by which the picture is turned; which way is drawn."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Tilt it to a drawn side."""
        side = int(rng.choice([-1, 1]))
        OuterCamera(edit).roll(side * self.quantities[level])
        return "picture turned clockwise" if side > 0 else "picture turned anticlockwise"


VARIATION = CameraRoll(
    quantities=(0.0, 2.5, 5.0, 7.5, 10.0),
    unit="degrees of roll",
    changes="pixels",
    claims="outer camera",
    groups=("libero-plus",),
)
