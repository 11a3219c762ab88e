"""Light from another side: the lamps are turned around the workspace, and shadows with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations._base import Variation


@dataclass(frozen=True)
class LightDirection(Variation):
    """The quantity is how far the lamps are turned about a drawn horizontal axis."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Turn every lamp about the same axis through the middle of the table."""
        heading = rng.uniform(0, 2 * np.pi)
        axis = np.array([np.cos(heading), np.sin(heading), 0.0])
        turn = Rotation.from_rotvec(self.quantities[level] * axis, degrees=True)
        centre = np.array([0.0, 0.0, scene_objects.table_height(edit.sim)])
        position, direction = edit.array("light_pos"), edit.array("light_dir")
        position[:] = centre + turn.apply(position - centre)
        direction[:] = turn.apply(direction)
        return f"about an axis at {np.degrees(heading):.0f} degrees"


VARIATION = LightDirection(
    quantities=(0.0, 15.0, 30.0, 45.0, 60.0),
    unit="degrees around the workspace",
    changes="pixels",
    groups=("libero-plus",),
)
