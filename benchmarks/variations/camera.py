"""Both cameras elsewhere: the outer one around, above, farther and tilted, the wrist's knocked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.episode.edit import Array, Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _objects, _turns
from benchmarks.variations._base import Variation

ELEVATION, ROLL, FARTHER, WIDER = 15.0, 10.0, 1.0, 8.0
"""At level 4 and most: degrees up, degrees of tilt, additional distance in distances, degrees of view."""

WRIST_SHIFT, WRIST_TURN = 0.02, 10.0
"""At level 4: metres and degrees by which the wrist camera is displaced."""


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
        place, turn, view = edit.array("cam_pos"), edit.array("cam_quat"), edit.array("cam_fovy")
        axes = _turns.matrix(turn[camera])
        target = looked_at(place[camera], axes, scene_objects.table_height(edit.sim))
        up, way = np.array([0.0, 0.0, 1.0]), farther * (place[camera] - target)
        rise = _turns.about(axes[:, 0], -elevation)
        # To the side from which what is to be moved can be seen, where only one is such.
        sides = (azimuth, -azimuth)
        azimuth = next(
            (a for a in sides if _shows(edit.sim, target + _turns.about(up, a) @ rise @ way)), azimuth
        )
        around = _turns.about(up, azimuth) @ rise
        place[camera] = target + around @ way
        tilted = around @ axes @ _turns.about(np.array([0.0, 0.0, 1.0]), roll)
        turn[camera] = _turns.quaternion(tilted)
        view[camera] += share * WIDER * rng.random()
        self._knock(edit, share, rng)
        return f"{azimuth:+.0f} degrees around, {elevation:.0f} up, x{farther:.2f} away, {roll:+.0f} tilted"

    def _knock(self, edit: Edit, share: float, rng: np.random.Generator) -> None:
        wrist = edit.sim.model.camera("robot0_eye_in_hand").id
        place, turn = edit.array("cam_pos"), edit.array("cam_quat")
        direction, axis = rng.standard_normal(3), rng.standard_normal(3)
        place[wrist] += share * WRIST_SHIFT * direction / np.linalg.norm(direction)
        turned = _turns.about(axis, share * WRIST_TURN) @ _turns.matrix(turn[wrist])
        turn[wrist] = _turns.quaternion(turned)


def _shows(sim: Any, eye: Array) -> bool:
    """Whether a camera at `eye` [3] m sees every object of the goal."""
    things = scene_objects.movables(sim)
    return all(_objects.is_seen(sim, things[name], eye) for name in scene_objects.wanted(sim))


def looked_at(position: Array, axes: Array, height: float) -> Array:
    """Where the optical axis meets the plane at `height` m, [3]; a camera looks along its -z."""
    forward = -axes[:, 2]
    result: Array = position + forward * (height - position[2]) / forward[2]
    return result


VARIATION = Camera(
    quantities=(0.0, 15.0, 30.0, 50.0, 75.0),
    unit="degrees of azimuth",
    changes="pixels",
    groups=("libero-plus",),
)
