"""Objects on the table change places."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import mujoco
import numpy as np

from benchmarks.build.task_text import says_where
from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.sim.scene_objects import Movable
from benchmarks.variations import _free_space
from benchmarks.variations._base import Variation
from harness.core.keys import Task


@dataclass(frozen=True)
class LayoutSwap(Variation):
    """The quantity is how many pairs change places, the object that is to be moved first; fewer where no
    more fit into each other's places, which the row says."""

    def refusal(self, task: Task) -> str:
        """There must be two objects, and the instruction must stay true."""
        if task.suite == "robosuite_lift":
            return "it has one object"
        where = "its instruction says where things are, which would no longer be true"
        return super().refusal(task) or (where if says_where(task) else "")

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Exchange drawn pairs that fit into each other's places; each object at most once."""
        sim, wanted = edit.sim, int(self.quantities[level])
        free = [group for group in _free_space.clusters(sim) if len(group) == 1]
        first = set(scene_objects.goal_objects(sim)[:1])
        pairs = list(combinations([item for (item,) in free], 2))
        drawn = [pairs[index] for index in rng.permutation(len(pairs))]
        drawn.sort(key=lambda pair: not first & {item.name for item in pair})
        radii, done = scene_objects.radii(sim), list[tuple[Movable, Movable]]()
        for one, two in drawn:
            if len(done) == wanted:
                break
            taken = {item.body for pair in done for item in pair}
            if not taken & {one.body, two.body} and _swap(edit, one, two, radii):
                done.append((one, two))
        if not done:
            raise RuntimeError("no two objects fit into each other's places")
        mujoco.mj_forward(sim.model, sim.data)
        fitting = f"only {len(done)}: " if len(done) < wanted else ""
        return fitting + ", ".join(f"{one.name} with {two.name}" for one, two in done)


def _swap(edit: Edit, one: Movable, two: Movable, radii: dict[int, float]) -> bool:
    """Exchange two objects; False, and nothing moved, where one of them would touch something."""
    sim = edit.sim
    by = two.position(sim)[:2] - one.position(sim)[:2]
    _free_space.move(sim, [one], by)
    _free_space.move(sim, [two], -by)
    if all(
        _free_space.has_room(sim, [item], radii) and _free_space.is_collision_free(sim, [item])
        for item in (one, two)
    ):
        return True
    _free_space.move(sim, [one], -by)
    _free_space.move(sim, [two], by)
    return False


VARIATION = LayoutSwap(
    quantities=(0.0, 1.0, 2.0, 3.0),
    unit="pairs at most",
    changes="state",
    claims="objects' places",
    groups=("libero-pro",),
)
