"""Robosuite's Lift with a Panda: the small simulation for smoke runs and continuous integration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.experts.version import expert_version
from harness.core.demonstration import IMAGE_EVERY, Demonstration, Setting, unvaried
from harness.core.keys import Task
from harness.core.protocols import Expert, Suite

if TYPE_CHECKING:
    from benchmarks.episode.task_env import TaskEnv


@dataclass(frozen=True)
class LiftSuite(Suite):
    """One task. robosuite has no stored initial states, so number i is the placement drawn from seed i."""

    name: str = "robosuite_lift"
    max_steps: int = 120
    """Twice what the expert needs."""
    init_count: int = 50
    own_assets: str = "robosuite"
    moved_object: str = "cube"
    tasks: Sequence[Task] = (Task("robosuite_lift", 0, "lift", "lift the red cube"),)

    @property
    def expert(self) -> Expert:
        """Takes the cube across its faces."""
        from benchmarks.experts.lift import EXPERT

        return EXPERT

    @property
    def expert_version(self) -> str:
        """Digest of the code that makes demonstrations."""
        return expert_version()

    def make_env(
        self, task_id: int, *, assets: str, image_size: int, render: str, engine: str = "fast"
    ) -> TaskEnv:
        """The environment; `assets` does not matter, robosuite brings its own."""
        from benchmarks.build.lift_rebuild import rebuild
        from benchmarks.build.lift_task import lift_simulation
        from benchmarks.episode.task_env import TaskEnv

        return TaskEnv(
            self.tasks[task_id],
            lambda: lift_simulation(engine),
            max_steps=self.max_steps,
            image_size=image_size,
            render=render,
            rebuild=rebuild,
            gives=self.gives,
            init_count=self.init_count,
        )

    def demonstrate(
        self,
        task_id: int,
        seeds: Iterable[int],
        *,
        assets: str,
        image_size: int,
        render: str,
        setting: Setting = unvaried,
        image_every: int = IMAGE_EVERY,
    ) -> Iterator[tuple[int, Demonstration | None]]:
        """Successful expert episodes; placements are drawn apart from those of evaluation."""
        from benchmarks.data.recording import record

        env = self.make_env(task_id, assets=assets, image_size=image_size, render=render)
        try:
            yield from record(
                env, self.expert, seeds, assets="robosuite", setting=setting, image_every=image_every
            )
        finally:
            env.close()


SUITE = LiftSuite()
