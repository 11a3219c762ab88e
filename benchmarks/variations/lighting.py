"""Light from another side, brighter or darker, warmer or colder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations._base import Variation

BRIGHTEST, DARKEST = 1.85, 0.2
"""Intensity at level 4 (LIBERO-Plus's range)."""

WARM, COLD = np.array([1.0, 0.75, 0.45]), np.array([0.5, 0.75, 1.0])
"""Colours of lamp light and of an overcast sky, the brightest channel 1."""


@dataclass(frozen=True)
class Lighting(Variation):
    """The quantity is how far the lamps are turned around the workspace."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Turn, dim or brighten, and colour every lamp."""
        share = level / (len(self.quantities) - 1)
        intensity = 1 + share * ((BRIGHTEST if rng.random() < 0.5 else DARKEST) - 1)
        name, colour = ("warm", WARM) if rng.random() < 0.5 else ("cold", COLD)
        tint = intensity * (1 + share * (colour - 1))
        heading = rng.uniform(0, 2 * np.pi)
        level_axis = np.array([np.cos(heading), np.sin(heading), 0.0])
        turn = Rotation.from_rotvec(self.quantities[level] * level_axis, degrees=True)
        centre = np.array([0.0, 0.0, scene_objects.table_height(edit.sim)])
        position, direction = edit.array("light_pos"), edit.array("light_dir")
        position[:] = centre + turn.apply(position - centre)
        direction[:] = turn.apply(direction)
        for array in ("light_diffuse", "light_ambient", "light_specular"):
            edit.array(array)[:] *= tint
        for array in ("vis.headlight.ambient", "vis.headlight.diffuse"):
            edit.array(array)[:] *= tint
        return f"{intensity:.2f} of the intensity, {name}"


VARIATION = Lighting(
    quantities=(0.0, 15.0, 30.0, 45.0, 60.0),
    unit="degrees around the workspace",
    changes="pixels",
    groups=("paper", "libero-plus"),
)
