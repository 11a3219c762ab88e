"""Everything that can be moved is heavier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations._base import Variation


@dataclass(frozen=True)
class ObjectMass(Variation):
    """The quantity is the factor on the mass of each object."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Weigh all objects alike; nothing is drawn."""
        for item in scene_objects.movables(edit.sim).values():
            weigh(edit, item, self.quantities[level])
        return ""


def weigh(edit: Edit, item: scene_objects.Movable, factor: float) -> None:
    """Scale the mass of a free object and everything that MuJoCo derives from it at compilation."""
    bodies = np.flatnonzero(edit.sim.model.body_rootid == item.body)
    dofs = np.flatnonzero(np.isin(edit.sim.model.dof_bodyid, bodies))
    for name in ("body_mass", "body_inertia", "body_subtreemass"):
        edit.array(name)[bodies] *= factor
    edit.array("body_invweight0")[bodies] /= factor
    edit.array("dof_invweight0")[dofs] /= factor
    edit.array("dof_M0")[dofs] *= factor


VARIATION = ObjectMass(
    quantities=(1.0, 1.25, 1.5, 1.75, 2.0), unit="times the mass", changes="physics", groups=("dynamics",)
)
