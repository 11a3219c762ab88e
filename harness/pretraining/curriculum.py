"""Which demonstrations a base policy is pretrained on: seeds, what they are varied by, how many of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core.demonstration import UNVARIED
from harness.core.keys import Task
from harness.core.rng import derive_rng

VARIED_FROM = 500_000
"""Seeds from here on are varied. Few-shot demonstrations use seeds far below, of other tasks."""

DIMENSIONS = (
    "lighting|lighting-bright|lighting-color|lighting-direction",
    "background",
    "camera|camera-distance|camera-elevation|camera-fov|camera-roll|camera-wrist",
    "distractors",
    "robot-start",
    "sensor-noise|sensor-blur|sensor-zoom|sensor-fog|sensor-glass|sensor-jpeg|sensor-occlusion|sensor-overexposed",
)
"""Variations of one dimension, with `|` between them, are alternatives: a demonstration has at most one."""
LEVELS = (1, 2)
"""Levels 3 and 4 are never seen, so that a policy can be judged on them."""
RATE = 0.5
"""Probability of each dimension in a varied demonstration, which has at least one."""

ENOUGH_ATTEMPTS, LOWEST_RATE = 6, 0.25
"""After so many attempts of one version of the expert, a task that succeeds less often is left out."""


def setting(task: Task, seed: int, dimensions: Sequence[str] = DIMENSIONS) -> str:
    """What the demonstration of `seed` is varied by: nothing, or a combination of `dimensions`.

    Each of `dimensions` is a variation, or several alternatives with `|` between them.
    """
    if seed < VARIED_FROM:
        return UNVARIED
    rng = derive_rng("pretraining variations", task.suite, task.name, seed)
    drawn = {name: (rng.random() < RATE, int(rng.choice(LEVELS))) for name in dimensions}
    spare = str(rng.choice(list(dimensions)))
    chosen = {name: level for name, (wanted, level) in drawn.items() if wanted}
    chosen = chosen or {spare: drawn[spare][1]}
    return "+".join(f"{rng.choice(alternatives(name))}:{level}" for name, level in chosen.items())


def alternatives(dimension: str) -> list[str]:
    """Names of the variations of a dimension."""
    return dimension.split("|")


@dataclass
class TaskProgress:
    """What became of the attempts at one task."""

    made: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})
    """Varied -> demonstrations, of any version of the expert."""
    tried: dict[int, str] = field(default_factory=dict)
    """Seed -> version of the expert of its last attempt; empty for one that succeeded."""
    attempts: int = 0
    successes: int = 0
    """Both of the present version of the expert."""

    def add(self, seed: int, success: bool, expert: str, present: str) -> None:
        """Count an attempt of version `expert` while the present one is `present`."""
        self.tried[seed] = "" if success else expert
        self.made[seed >= VARIED_FROM] += success
        if expert == present:
            self.attempts += 1
            self.successes += success

    @property
    def left_out(self) -> bool:
        """Whether the present expert fails too often."""
        return self.attempts >= ENOUGH_ATTEMPTS and self.successes < LOWEST_RATE * self.attempts

    def next_seeds(self, varied: bool, count: int, present: str) -> list[int]:
        """`count` seeds that have not succeeded and that the present expert has not tried, lowest first."""
        found: list[int] = []
        seed = VARIED_FROM if varied else 0
        while len(found) < count:
            if self.tried.get(seed) not in ("", present):
                found.append(seed)
            seed += 1
        return found
