"""More objects on the table, none of which the task is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.build.task_text import categories
from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _free_space
from benchmarks.variations._base import Variation
from harness.core.keys import Task
from harness.core.rng import derive_rng

if TYPE_CHECKING:
    from benchmarks.sim.compiled_task import Changes
    from benchmarks.sim.simulation import Simulation

KINDS = (
    "alphabet_soup",
    "bbq_sauce",
    "butter",
    "chocolate_pudding",
    "cookies",
    "cream_cheese",
    "glazed_rim_porcelain_ramekin",
    "ketchup",
    "milk",
    "orange_juice",
    "salad_dressing",
    "tomato_sauce",
    "wine_bottle",
)
"""Objects of one hand's size."""

ROBOSUITE_KINDS = ("bottle", "bread", "can", "cereal", "lemon", "milk")
"""What robosuite brings itself."""

COUNT = 6
"""Compiled in, whatever the level."""

ATTEMPTS = 200
"""Positions drawn for each."""
GAP, FRONT_GAP = 0.01, 0.05
"""Room left between a distractor and what was there before, and around what the task moves, m."""


@dataclass(frozen=True)
class Distractors(Variation):
    """The quantity is their number. All levels share one model; those not needed stay out of sight."""

    def rebuild(self, level: int, task: Task, seed: int) -> Changes:
        """Add kinds that are not in the scene, so that no instruction can mean them."""
        kinds = ROBOSUITE_KINDS if task.suite.startswith("robosuite") else KINDS
        free = [kind for kind in kinds if kind not in categories(task)]
        chosen = derive_rng("distractors", task.suite, task.task_id, seed).permutation(free)[:COUNT]
        return {"extras": tuple(str(kind) for kind in chosen)}

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Bring as many as the level says onto the table, where there is room."""
        sim = edit.sim
        radii = scene_objects.radii(sim)
        extras = sim.changes["extras"]
        goal_bodies = [scene_objects.movables(sim)[name].body for name in scene_objects.goal_objects(sim)]
        with_margin = radii | {body: radii[body] + FRONT_GAP for body in goal_bodies}
        for number in range(int(self.quantities[level])):
            item = scene_objects.movables(sim)[f"distractor_{number + 1}"]
            item.position(sim)[2] += sim.env.workspace_offset[2]
            if not self._place(sim, item, with_margin, rng):
                raise RuntimeError(
                    f"no room for distractor {number + 1} ({extras[number]}) in {ATTEMPTS} draws"
                )
        return ", ".join(extras[: int(self.quantities[level])])

    def _place(
        self, sim: Simulation, item: scene_objects.Movable, radii: dict[int, float], rng: np.random.Generator
    ) -> bool:
        """Stand `item` on the first drawn position that is free and that the outer camera shows; collisions
        with furniture, which are slow, are checked last."""
        camera = sim.data.cam_xpos[sim.model.camera("agentview").id]
        others = [other for other in scene_objects.movables(sim).values() if other.body != item.body]
        positions = rng.uniform(_free_space.WORKSPACE[0], _free_space.WORKSPACE[1], (ATTEMPTS, 2))
        for position in positions[_free_space.has_room_at(sim, positions, item, others, radii, GAP)]:
            item.position(sim)[:2] = position
            if (
                _free_space.is_in_view(sim, item)
                and _free_space.is_collision_free(sim, [item])
                and _free_space.is_visible(sim, item, camera)
            ):
                return True
        return False


VARIATION = Distractors(
    quantities=(0.0, 1.0, 2.0, 4.0, 6.0),
    unit="objects",
    changes="pixels",
    groups=("paper",),
    claims="additional objects",
)
