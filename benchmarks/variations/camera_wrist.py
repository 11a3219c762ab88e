"""The wrist camera is mounted askew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.episode.edit import Edit
from benchmarks.variations._base import Variation
from benchmarks.variations._outer_camera import WRIST, rotation


@dataclass(frozen=True)
class WristCamera(Variation):
    """The quantity is the angle by which it is turned about a drawn axis."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Turn it on the spot."""
        camera, quaternions = edit.sim.model.camera(WRIST).id, edit.array("cam_quat")
        before = Rotation.from_quat(quaternions[camera], scalar_first=True)
        axis = rng.standard_normal(3)
        turned = rotation(axis, self.quantities[level]) * before
        quaternions[camera] = turned.as_quat(scalar_first=True)
        return f"about the axis {np.array2string(axis / np.linalg.norm(axis), precision=2)}"


VARIATION = WristCamera(
    quantities=(0.0, 2.5, 5.0, 7.5, 10.0), unit="degrees of the wrist camera", changes="pixels"
)
