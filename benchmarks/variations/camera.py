"""The outer camera goes around the scene, to the side from which the objects of the goal can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.episode.edit import Array, Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _free_space
from benchmarks.variations._base import Variation
from benchmarks.variations._outer_camera import UP, OuterCamera, rotation

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation


@dataclass(frozen=True)
class Camera(Variation):
    """The quantity is how far it goes around the point that it looks at."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Draw a side; take the other one where only from there what is to be moved can be seen."""
        camera = OuterCamera(edit)
        drawn = float(self.quantities[level] * rng.choice([-1, 1]))
        turns = [(azimuth, rotation(UP, azimuth)) for azimuth in (drawn, -drawn)]
        seeing = [turn for turn in turns if _shows(edit.sim, camera.target + turn[1].apply(camera.offset))]
        azimuth, around = (seeing or turns)[0]
        camera.orbit(around)
        return f"to the {'right' if azimuth > 0 else 'left'}"


def _shows(sim: Simulation, camera: Array) -> bool:
    """Whether a camera at `camera` [3] m sees every object of the goal."""
    objects = scene_objects.movables(sim)
    return all(_free_space.is_visible(sim, objects[name], camera) for name in scene_objects.goal_objects(sim))


VARIATION = Camera(
    quantities=(0.0, 15.0, 30.0, 50.0, 75.0),
    unit="degrees of azimuth",
    changes="pixels",
    claims="outer camera",
    groups=("libero-plus",),
)
