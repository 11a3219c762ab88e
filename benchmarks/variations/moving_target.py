"""What is to be picked, or where it is to go, slides away while the arm is on its way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import mujoco
import numpy as np

from benchmarks.episode.edit import Array, Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _free_space
from benchmarks.variations._base import Variation
from harness.core.keys import Task

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

START, STEPS = 10, 10
"""Control step at which the slide begins, and how many it takes: half a second."""

CHECKS = 3
"""Positions on the way at which collisions of the target are checked."""


@dataclass(frozen=True)
class MovingTarget(Variation):
    """The quantity is how far it slides."""

    def refusal(self, task: Task) -> str:
        """Furniture does not slide."""
        words = task.instruction.split()
        fixed = words[:2] in (["open", "the"], ["turn", "on"]) and "put" not in words
        return super().refusal(task) or ("its goal is a piece of furniture" if fixed else "")

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Choose a target that stands on the table and a free direction; the slide comes later."""
        sim, distance, radii = edit.sim, self.quantities[level], scene_objects.radii(edit.sim)
        groups = _free_space.clusters(sim)
        standing = {item.name: group for group in groups for item in group}
        names = [name for name in scene_objects.goal_objects(sim) if name in standing] or list(standing)
        for name in names:
            for by in distance * _free_space.random_directions(rng):
                if _is_free(sim, standing[name], by, radii):
                    edit.on_step.append(partial(_slide, sim, standing[name], by))
                    return f"{name} by {by[0]:+.3f}, {by[1]:+.3f} m from step {START}"
        raise RuntimeError(f"no free direction for a slide of {distance:g} m")


def _is_free(sim: Simulation, group: list[scene_objects.Movable], by: Array, radii: dict[int, float]) -> bool:
    """Whether nothing is in the way of a slide and its end is in view; the group is put back afterwards."""
    _free_space.move(sim, group, by)
    free = _free_space.has_room(sim, group, radii) and all(
        _free_space.is_in_view(sim, item) for item in group
    )
    for _ in range(CHECKS):
        free = free and _free_space.is_collision_free(sim, group)
        _free_space.move(sim, group, -by / CHECKS)
    return free


def _slide(sim: Simulation, group: list[scene_objects.Movable], by: Array, step: int) -> None:
    if START <= step < START + STEPS:
        _free_space.move(sim, group, by / STEPS)
        mujoco.mj_forward(sim.model, sim.data)


VARIATION = MovingTarget(quantities=(0.0, 0.04, 0.06, 0.08, 0.10), unit="m", changes="physics")
