"""Objects turned on the spot, about the vertical; what stands on each other turns together."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _free_space
from benchmarks.variations._base import Variation


@dataclass(frozen=True)
class LayoutYaw(Variation):
    """The quantity is the angle, to either side."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Turn what stands on the table; things in and on furniture stay."""
        sim, angle = edit.sim, np.radians(self.quantities[level])
        turned = []
        for group in _free_space.clusters(sim):
            side = angle * rng.choice([-1.0, 1.0])
            if _turn(edit, group, side) or _turn(edit, group, -side):
                turned += [item.name for item in group]
        mujoco.mj_forward(sim.model, sim.data)
        return "turned " + ", ".join(turned)


def _turn(edit: Edit, group: list[scene_objects.Movable], angle: float) -> bool:
    """Turn a cluster about its lowest object; False, and nothing turned, where it would touch something."""
    sim = edit.sim
    before = [(item.position(sim).copy(), item.quaternion(sim).copy()) for item in group]
    centre = min((position for position, _ in before), key=lambda position: position[2])
    yaw = np.array([np.cos(angle / 2), 0.0, 0.0, np.sin(angle / 2)])
    cosine, sine = np.cos(angle), np.sin(angle)
    for item, (position, quaternion) in zip(group, before, strict=True):
        x, y = (position - centre)[:2]
        item.position(sim)[:2] = centre[:2] + [cosine * x - sine * y, sine * x + cosine * y]
        mujoco.mju_mulQuat(item.quaternion(sim), yaw, quaternion)
    if _free_space.is_collision_free(sim, group):
        return True
    for item, (position, quaternion) in zip(group, before, strict=True):
        item.position(sim)[:], item.quaternion(sim)[:] = position, quaternion
    return False


# A cube turned further than 45 degrees looks as if it were turned less.
VARIATION = LayoutYaw(quantities=(0.0, 10.0, 20.0, 30.0, 45.0), unit="degrees", changes="state")
