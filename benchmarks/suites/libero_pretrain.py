"""Eighteen tasks on which the built-in policy was pretrained: LIBERO's scenes, other goals.

Each takes the scene, placements and official initial states of a task of libero_goal, libero_spatial or
libero_object and asks for something that no task of those suites asks for. So all three suites are held
out: none of their goals or instructions was ever trained on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.suites._libero import LiberoSuite
from harness.core.files import write_whole
from harness.core.keys import Task
from harness.core.paths import cache_dir

BASKET_SIDE = "(basket_side_region (:target floor) (:ranges ((-0.25 0.17 -0.15 0.27))))"
BASKET_FRONT = "(basket_front_region (:target floor) (:ranges ((-0.05 0.05 0.05 0.15))))"
"""Two places beside libero_object's basket, which stands at (0, 0.26) m; each is 10 cm square."""


@dataclass(frozen=True)
class Variant:
    """A new goal in the scene of an official task."""

    suite: str
    base: int
    """Number of the official task that lends its scene."""
    instruction: str
    goal: str
    region: str = ""


GOAL, SPATIAL, OBJECT = "libero_goal", "libero_spatial", "libero_object"
STOVE, CABINET = "flat_stove_1_cook_region", "wooden_cabinet_1_top_side"

VARIANTS = (
    Variant(GOAL, 8, "put the cream cheese on the plate", "On cream_cheese_1 plate_1"),
    Variant(GOAL, 6, "put the cream cheese on the stove", f"On cream_cheese_1 {STOVE}"),
    Variant(GOAL, 4, "put the cream cheese on top of the cabinet", f"On cream_cheese_1 {CABINET}"),
    Variant(GOAL, 2, "put the wine bottle on the stove", f"On wine_bottle_1 {STOVE}"),
    Variant(GOAL, 3, "put the wine bottle on the plate", "On wine_bottle_1 plate_1"),
    Variant(SPATIAL, 0, "pick up the cookie box and place it on the plate", "On cookies_1 plate_1"),
    Variant(
        SPATIAL,
        8,
        "pick up the ramekin and place it on the plate",
        "On glazed_rim_porcelain_ramekin_1 plate_1",
    ),
    Variant(
        SPATIAL,
        2,
        "pick up the black bowl from table center and place it on the stove",
        f"On akita_black_bowl_1 {STOVE}",
    ),
    Variant(
        SPATIAL,
        2,
        "pick up the black bowl from table center and place it on top of the cabinet",
        f"On akita_black_bowl_1 {CABINET}",
    ),
    Variant(
        SPATIAL,
        1,
        "pick up the black bowl next to the ramekin and place it on the stove",
        f"On akita_black_bowl_1 {STOVE}",
    ),
    Variant(
        SPATIAL,
        1,
        "pick up the black bowl next to the ramekin and place it on top of the cabinet",
        f"On akita_black_bowl_1 {CABINET}",
    ),
    Variant(
        SPATIAL,
        6,
        "pick up the black bowl next to the cookie box and place it on top of the cabinet",
        f"On akita_black_bowl_1 {CABINET}",
    ),
    Variant(
        SPATIAL,
        9,
        "pick up the black bowl on the wooden cabinet and place it on the cookie box",
        "On akita_black_bowl_1 cookies_1",
    ),
    Variant(
        SPATIAL,
        9,
        "pick up the black bowl on the wooden cabinet and place it on the ramekin",
        "On akita_black_bowl_1 glazed_rim_porcelain_ramekin_1",
    ),
    Variant(
        SPATIAL,
        7,
        "pick up the black bowl on the stove and place it on the cookie box",
        "On akita_black_bowl_1 cookies_1",
    ),
    Variant(
        OBJECT,
        0,
        "pick up the alphabet soup and place it beside the basket",
        "On alphabet_soup_1 floor_basket_side_region",
        BASKET_SIDE,
    ),
    Variant(
        OBJECT,
        2,
        "pick up the salad dressing and place it in front of the basket",
        "On salad_dressing_1 floor_basket_front_region",
        BASKET_FRONT,
    ),
    Variant(
        OBJECT,
        5,
        "pick up the tomato sauce and place it in front of the basket",
        "On tomato_sauce_1 floor_basket_front_region",
        BASKET_FRONT,
    ),
)


@dataclass(frozen=True)
class PretrainSuite(LiberoSuite):
    """The variants as a suite; task files are derived from the installed official ones."""

    @cached_property
    def tasks(self) -> Sequence[Task]:
        """One task per variant."""
        return tuple(
            Task(self.name, number, variant.instruction.replace(" ", "_"), variant.instruction)
            for number, variant in enumerate(VARIANTS)
        )

    def task_file(self, task_id: int) -> Path:
        """The official task file with this variant's goal, written to the cache on first use."""
        variant = VARIANTS[task_id]
        text = derive(_official(variant).task_file(variant.base).read_text(), variant)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        path = cache_dir() / "tasks" / f"{self.tasks[task_id].name}-{digest}.bddl"
        write_whole(path, text)
        return path

    def init_file(self, task_id: int) -> Path:
        """The official initial states of the scene."""
        variant = VARIANTS[task_id]
        return _official(variant).init_file(variant.base)


def derive(text: str, variant: Variant) -> str:
    """The task file `text` with the instruction, the goal and the extra region of `variant`."""
    head = text[: text.index("(:goal")]
    head = re.sub(r"\(:language [^)]*\)", f"(:language {variant.instruction})", head)
    head = head.replace("(:regions", f"(:regions\n      {variant.region}", 1)
    return f"{head}(:goal\n    (And ({variant.goal}))\n  )\n\n)\n"


def _official(variant: Variant) -> LiberoSuite:
    return LiberoSuite(variant.suite, max_steps=0)


SUITE = PretrainSuite("libero_pretrain", max_steps=300)
"""Step budget of libero_goal, whose tasks are the longest of the three."""
