"""More things on the table, none of which the task is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.build.task_text import categories
from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _objects
from benchmarks.variations._base import Variation
from harness.core.keys import Task
from harness.core.rng import derive_rng

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
"""Things of one hand's size that every asset pack has."""

ROBOSUITE_KINDS = ("bottle", "bread", "can", "cereal", "lemon", "milk")
"""What robosuite brings itself."""

MOST = 6
TRIES = 200
GAP, FRONT_GAP = 0.01, 0.05
"""Room left between a distractor and what was there before, and around what the task moves, m."""


@dataclass(frozen=True)
class Distractors(Variation):
    """The quantity is their number. All levels share one model; those not wanted wait out of sight."""

    def rebuild(self, level: int, task: Task, seed: int) -> Mapping[str, Any]:
        """Add kinds that are not in the scene, so that no instruction can mean them."""
        kinds = ROBOSUITE_KINDS if task.suite.startswith("robosuite") else KINDS
        free = [kind for kind in kinds if kind not in categories(task)]
        chosen = derive_rng("distractors", task.suite, task.task_id, seed).permutation(free)[:MOST]
        return {"extras": tuple(str(kind) for kind in chosen)}

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Bring as many as the level says onto the table, where there is room."""
        sim = edit.sim
        radii = scene_objects.radii(sim)
        extras = sim.changes["extras"]
        wanted = [scene_objects.movables(sim)[name].body for name in scene_objects.wanted(sim)]
        room = radii | {body: radii[body] + FRONT_GAP for body in wanted}
        for number in range(int(self.quantities[level])):
            item = scene_objects.movables(sim)[f"distractor_{number + 1}"]
            item.place(sim)[2] += sim.env.workspace_offset[2]
            if not self._place(sim, item, room, rng):
                raise RuntimeError(f"no room for distractor {number + 1} ({extras[number]}) in {TRIES} draws")
        return ", ".join(extras[: int(self.quantities[level])])

    def _place(
        self, sim: Any, item: scene_objects.Movable, room: dict[int, float], rng: np.random.Generator
    ) -> bool:
        """Stand `item` on the first drawn place that is free and that the outer camera shows; furniture is
        looked at last, which is slow."""
        eye = sim.data.cam_xpos[sim.model.camera("agentview").id]
        others = [other for other in scene_objects.movables(sim).values() if other.body != item.body]
        places = rng.uniform(_objects.ROOM[0], _objects.ROOM[1], (TRIES, 2))
        for place in places[_objects.free(sim, places, item, others, room, GAP)]:
            item.place(sim)[:2] = place
            if (
                _objects.in_view(sim, item)
                and _objects.apart(sim, [item])
                and _objects.is_seen(sim, item, eye)
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
