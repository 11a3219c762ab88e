"""The object that is to be moved, of another kind in the same role: a bowl for a bowl, a box for a box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.stage import Stage
from benchmarks.task_text import category
from benchmarks.variations._reshaped import MovedObject, target
from harness.types import Task

ROLES = (
    ("akita_black_bowl", "glazed_rim_porcelain_ramekin"),
    ("butter", "chocolate_pudding", "cookies", "cream_cheese"),
    ("alphabet_soup", "tomato_sauce"),
    ("bbq_sauce", "ketchup", "salad_dressing", "wine_bottle"),
    ("milk", "orange_juice"),
)
"""Bowls, boxes, cans, bottles and cartons that every asset pack has."""


@dataclass(frozen=True)
class ObjectCategory(MovedObject):
    """One level. Tasks and seeds take turns; the instruction still names the kind that is gone."""

    def refusal(self, task: Task) -> str:
        """There must be others in the object's role."""
        if reason := super().refusal(task):
            return reason
        kind = category(task, target(task))
        return "" if others(kind) else f"no other object has the role of {kind}"

    def rebuild(self, level: int, task: Task, seed: int) -> Mapping[str, Any]:
        """Compile another kind under the object's name."""
        name = target(task)
        kinds = others(category(task, name))
        return {"category": (name, kinds[(task.task_id + seed) % len(kinds)])}

    def apply(self, stage: Stage, level: int, rng: np.random.Generator) -> str:
        """It was compiled in, and stands where the other stood."""
        name, kind = stage.sim.fields["category"]
        return f"{kind} for {name}"


def others(kind: str) -> tuple[str, ...]:
    """Kinds in the same role as `kind`, without itself."""
    return tuple(other for role in ROLES if kind in role for other in role if other != kind)


VARIATION = ObjectCategory(quantities=(0.0, 1.0), unit="kinds exchanged")
