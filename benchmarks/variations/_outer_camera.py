"""What variations of the outer camera have in common: where it looks, and how it is moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.episode.edit import Array, Edit
from benchmarks.sim import scene_objects

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

OUTER, WRIST = "agentview", "robot0_eye_in_hand"
"""Cameras of the compiled model."""

UP = np.array([0.0, 0.0, 1.0])


class OuterCamera:
    """The camera that sees the whole scene. It looks along its -z; its x points right."""

    def __init__(self, edit: Edit) -> None:
        """As it stands now."""
        sim = edit.sim
        self.sim: Simulation = sim
        self.id = sim.model.camera(OUTER).id
        self._positions, self._quaternions = edit.array("cam_pos"), edit.array("cam_quat")
        self.axes = Rotation.from_quat(self._quaternions[self.id], scalar_first=True)
        position = self._positions[self.id].copy()
        self.target = looked_at(position, self.axes, scene_objects.table_height(sim))
        self.offset: Array = position - self.target
        """From the point that it looks at on the table to the camera, [3], m."""

    def orbit(self, around: Rotation) -> None:
        """Move it around the point that it looks at, which stays in the middle of the picture."""
        self._positions[self.id] = self.target + around.apply(self.offset)
        self._turn(around * self.axes)

    def roll(self, degrees: float) -> None:
        """Tilt the picture."""
        self._turn(self.axes * rotation(UP, degrees))

    def back_off(self, factor: float) -> None:
        """Multiply its distance to the point that it looks at."""
        self._positions[self.id] = self.target + factor * self.offset

    def _turn(self, axes: Rotation) -> None:
        self._quaternions[self.id] = axes.as_quat(scalar_first=True)


def rotation(axis: Array, degrees: float) -> Rotation:
    """The rotation about `axis` [3]."""
    return Rotation.from_rotvec(degrees * axis / np.linalg.norm(axis), degrees=True)


def looked_at(position: Array, axes: Rotation, height: float) -> Array:
    """Where the optical axis meets the plane at `height` m, [3]; a camera looks along its -z."""
    forward = -axes.as_matrix()[:, 2]
    result: Array = position + forward * (height - position[2]) / forward[2]
    return result
