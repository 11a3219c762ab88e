"""What suites of robosuite's own tasks share: one task each, initial states drawn from seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.suites._simulated import SimulatedSuite
from harness.core.keys import Task

if TYPE_CHECKING:
    from benchmarks.build.rebuilt_simulation import RebuiltSimulation
    from benchmarks.episode.task_env import TaskEnv
    from benchmarks.sim.compiled_task import Changes
    from benchmarks.sim.simulation import Simulation


@dataclass(frozen=True)
class RobosuiteSuite(SimulatedSuite):
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
