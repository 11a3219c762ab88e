"""Readable identities of tasks, adaptations and episodes: the only join keys."""

from __future__ import annotations

from dataclasses import dataclass

CLEAN = "none"
"""The unvaried twin, which is always run beside."""

UNSEEN = "unseen-task"
"""In the place of a variation: the scene is clean, and the policy was adapted to another task, the
`level`-th after this one in the study."""


@dataclass(frozen=True)
class Task:
    """One task of a suite. `task_id` counts from 0 in the suite's official order."""

    suite: str
    task_id: int
    name: str
    instruction: str


@dataclass(frozen=True)
class AdaptKey:
    """Identity of one adaptation: a policy adapted by a method to a task (or task set)."""

    policy: str
    method: str
    suite: str
    tasks: tuple[int, ...]
    demos: int
    steps: int
    seed: int

    @property
    def adapt_id(self) -> str:
        """Readable and unique within a study."""
        tasks = "-".join(str(task) for task in self.tasks)
        policy = self.policy.rstrip("/").replace("/", "--")
        return f"{policy}.{self.method}.{self.suite}.t{tasks}.d{self.demos}.n{self.steps}.s{self.seed}"


@dataclass(frozen=True)
class EpisodeKey:
    """Identity of one episode. Methods are paired on `scene_id`, which leaves the adaptation out.

    `variation` is `none`, `unseen-task`, a name, or a combination such as `camera:1+sensor-fog:2`, whose
    `level` is the strongest of its levels.
    """

    adapt_id: str
    suite: str
    task_id: int
    init_id: int
    seed: int
    variation: str = CLEAN
    level: int = 0

    @property
    def twin_id(self) -> str:
        """Shared by an episode and its unvaried twin: fixture poses and policy noise come from it."""
        return f"{self.suite}.t{self.task_id}.i{self.init_id}.s{self.seed}"

    @property
    def scene_id(self) -> str:
        """Shared by all methods on the same varied scene."""
        return f"{self.twin_id}.{self.condition}"

    @property
    def condition(self) -> str:
        """What the scene is varied by: `none0`, `lighting2`, or `camera1+sensor-fog2` for a combination."""
        return "+".join(f"{name}{level}" for name, level in self.parts) or f"{self.variation}{self.level}"

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Variations and levels of this episode: none, one, or those of `lighting:2+camera:1`."""
        if self.variation in (CLEAN, UNSEEN):
            return ()
        if ":" not in self.variation:
            return ((self.variation, self.level),)
        pairs = (part.split(":") for part in self.variation.split("+"))
        return tuple((name, int(level)) for name, level in pairs)

    @property
    def episode_id(self) -> str:
        """Readable and unique within a study: the only join key."""
        return f"{self.adapt_id}/{self.scene_id}"
