"""Objects elsewhere on the table, without touching each other; what stands on each other stays together."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from benchmarks.build.task_text import says_where
from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _free_space
from benchmarks.variations._base import Variation


@dataclass(frozen=True)
class Layout(Variation):
    """The quantity is how far each object is moved."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Move what stands on the table; things in and on furniture stay."""
        sim, distance = edit.sim, self.quantities[level]
        groups = _free_space.clusters(sim)
        if says_where(edit.task):  # all move alike, and it stays true
            groups = [[item for group in groups for item in group]]
        radii = scene_objects.radii(sim)
        moved = [group for group in groups if self._move(edit, group, distance, radii, rng)]
        mujoco.mj_forward(sim.model, sim.data)
        return "moved " + ", ".join(item.name for group in moved for item in group)

    def _move(
        self,
        edit: Edit,
        group: list[scene_objects.Movable],
        distance: float,
        radii: dict[int, float],
        rng: np.random.Generator,
    ) -> bool:
        """Try drawn directions; False, and nothing moved, where none is free."""
        sim = edit.sim
        shown = [item for item in group if _free_space.is_in_view(sim, item)]
        for by in distance * _free_space.random_directions(rng):
            _free_space.move(sim, group, by)
            visible = all(_free_space.is_in_view(sim, item) for item in shown)
            if (
                visible
                and _free_space.has_room(sim, group, radii)
                and _free_space.is_collision_free(sim, group)
            ):
                return True
            _free_space.move(sim, group, -by)
        return False


VARIATION = Layout(
    quantities=(0.0, 0.01, 0.03, 0.06, 0.10),
    unit="m",
    changes="state",
    claims="objects' places",
    groups=("libero-plus", "libero-pro"),
)
