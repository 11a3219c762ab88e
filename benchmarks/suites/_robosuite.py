"""What suites of robosuite's own tasks share: one task each, initial states drawn from seeds."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.experts.version import expert_version
from harness.core.demonstration import IMAGE_EVERY, Demonstration, Setting, unvaried
from harness.core.keys import Task
from harness.core.protocols import Expert, Suite

if TYPE_CHECKING:
    from benchmarks.build.rebuilt_simulation import RebuiltSimulation
    from benchmarks.episode.task_env import TaskEnv
    from benchmarks.sim.compiled_task import Changes
    from benchmarks.sim.simulation import Simulation


@dataclass(frozen=True)
class RobosuiteSuite(Suite):
    """One task. robosuite has no stored initial states, so number i is the placement drawn from seed i.

    Each file adds its expert.
    """

    name: str
    task: str
    """robosuite's name of the environment."""
    instruction: str
    max_steps: int
    """About twice what the expert needs."""
    moved_object: str = ""
    init_count: int = 50
    own_assets: str = "robosuite"

    @property
    def tasks(self) -> Sequence[Task]:
        """The only task."""
        return (Task(self.name, 0, self.task.lower(), self.instruction),)

    @property
    @abstractmethod
    def expert(self) -> Expert:
        """Solves the task with privileged state."""

    @property
    def expert_version(self) -> str:
        """Digest of the code that makes demonstrations."""
        return expert_version()

    def simulate(self, engine: str) -> Simulation:
        """The compiled task."""
        from benchmarks.build.robosuite_task import simulation_of

        return simulation_of(self.task, engine)

    def rebuild(self, own: Simulation, changes: Changes) -> RebuiltSimulation:
        """The task with another robot, a reshaped object or objects added. Raises UserError."""
        from benchmarks.build.robosuite_task import rebuild

        return rebuild(self.task, own, changes)

    def make_env(
        self, task_id: int, *, assets: str, image_size: int, render: str, engine: str = "fast"
    ) -> TaskEnv:
        """The environment; `assets` does not matter, robosuite brings its own."""
        from benchmarks.episode.task_env import TaskEnv

        return TaskEnv(
            self.tasks[task_id],
            lambda: self.simulate(engine),
            max_steps=self.max_steps,
            image_size=image_size,
            render=render,
            rebuild=self.rebuild,
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
                env, self.expert, seeds, assets=self.own_assets, setting=setting, image_every=image_every
            )
        finally:
            env.close()
