"""The object that is to be moved, of another kind in the same role: a bowl for a bowl, a box for a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.build.task_text import categories, category, moved_object
from benchmarks.episode.edit import Edit
from benchmarks.variations._reshaped import MovedObject
from harness.core.keys import Task

if TYPE_CHECKING:
    from benchmarks.sim.compiled_task import Changes

ROLES = (
    ("akita_black_bowl", "glazed_rim_porcelain_ramekin"),
    ("butter", "chocolate_pudding", "cookies", "cream_cheese"),
    ("alphabet_soup", "milk", "orange_juice", "tomato_sauce"),
    ("bbq_sauce", "ketchup", "salad_dressing", "wine_bottle"),
)
"""Bowls, boxes, cans and cartons, bottles."""


@dataclass(frozen=True)
class ObjectCategory(MovedObject):
    """One level. Tasks and seeds take turns; the instruction still names the kind that is gone."""

    def refusal(self, task: Task) -> str:
        """There must be others in the object's role, and none of their kind in the scene already, or the
        instruction would be ambiguous."""
        if (reason := super().refusal(task)) or others(task):
            return reason
        name = moved_object(task)
        return f"no object that its scene lacks has the role of {category(task, name) or name}"

    def rebuild(self, level: int, task: Task, seed: int) -> Changes:
        """Compile another kind under the object's name."""
        kinds = others(task)
        return {"category": (moved_object(task), kinds[(task.task_id + seed) % len(kinds)])}

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Nothing more: it is compiled in, and stands where the other stood."""
        name, kind = edit.sim.changes["category"]
        return f"{kind} for {name}"


def others(task: Task) -> tuple[str, ...]:
    """Kinds in the same role as the object that is moved, without those in the scene."""
    kind, there = category(task, moved_object(task)), categories(task)
    return tuple(other for role in ROLES if kind in role for other in role if other not in there)


VARIATION = ObjectCategory(quantities=(0.0, 1.0), unit="kinds exchanged")
