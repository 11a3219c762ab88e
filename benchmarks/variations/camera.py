"""Both cameras elsewhere: the outer one around, above, farther and tilted, the wrist's displaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.episode.edit import Array, Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _free_space
from benchmarks.variations._base import Variation

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

ELEVATION, ROLL, FARTHER, WIDER = 15.0, 10.0, 1.0, 8.0
"""At level 4 and most: degrees up, degrees of tilt, additional distance in distances, degrees of view."""

WRIST_SHIFT, WRIST_TURN = 0.02, 10.0
"""At level 4: metres and degrees by which the wrist camera is displaced."""


UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Camera(Variation):
    """The quantity is how far the outer camera goes around the point that it looks at."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Move both cameras."""
        share = level / (len(self.quantities) - 1)
        azimuth = float(self.quantities[level] * rng.choice([-1, 1]))
        elevation, roll = share * ELEVATION * rng.random(), share * ROLL * rng.uniform(-1, 1)
        farther = 1 + share * FARTHER * 0.5 * rng.random()
        camera = edit.sim.model.camera("agentview").id
        positions, quaternions = edit.array("cam_pos"), edit.array("cam_quat")
        axes = Rotation.from_quat(quaternions[camera], scalar_first=True)
        target = looked_at(positions[camera], axes, scene_objects.table_height(edit.sim))
        offset = farther * (positions[camera] - target)
        rise = rotation(axes.as_matrix()[:, 0], -elevation)
        # To the side from which what is to be moved can be seen, where only one is such.
        sides = (azimuth, -azimuth)
        azimuth = next(
            (a for a in sides if _shows(edit.sim, target + (rotation(UP, a) * rise).apply(offset))), azimuth
        )
        around = rotation(UP, azimuth) * rise
        positions[camera] = target + around.apply(offset)
        quaternions[camera] = (around * axes * rotation(UP, roll)).as_quat(scalar_first=True)
        edit.array("cam_fovy")[camera] += share * WIDER * rng.random()
        self._displace_wrist(edit, share, rng)
        return f"{azimuth:+.0f} degrees around, {elevation:.0f} up, x{farther:.2f} away, {roll:+.0f} tilted"

    def _displace_wrist(self, edit: Edit, share: float, rng: np.random.Generator) -> None:
        wrist = edit.sim.model.camera("robot0_eye_in_hand").id
        positions, quaternions = edit.array("cam_pos"), edit.array("cam_quat")
        direction, axis = rng.standard_normal(3), rng.standard_normal(3)
        positions[wrist] += share * WRIST_SHIFT * direction / np.linalg.norm(direction)
        before = Rotation.from_quat(quaternions[wrist], scalar_first=True)
        turned = rotation(axis, share * WRIST_TURN) * before
        quaternions[wrist] = turned.as_quat(scalar_first=True)


def _shows(sim: Simulation, camera: Array) -> bool:
    """Whether a camera at `camera` [3] m sees every object of the goal."""
    objects = scene_objects.movables(sim)
    return all(_free_space.is_visible(sim, objects[name], camera) for name in scene_objects.goal_objects(sim))


def rotation(axis: Array, degrees: float) -> Rotation:
    """The rotation about `axis` [3]."""
    return Rotation.from_rotvec(degrees * axis / np.linalg.norm(axis), degrees=True)


def looked_at(position: Array, axes: Rotation, height: float) -> Array:
    """Where the optical axis meets the plane at `height` m, [3]; a camera looks along its -z."""
    forward = -axes.as_matrix()[:, 2]
    result: Array = position + forward * (height - position[2]) / forward[2]
    return result


VARIATION = Camera(
    quantities=(0.0, 15.0, 30.0, 50.0, 75.0),
    unit="degrees of azimuth",
    changes="pixels",
    groups=("libero-plus",),
)
