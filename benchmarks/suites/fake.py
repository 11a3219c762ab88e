"""A suite without a simulator: reach a coloured goal in the plane. Whole studies take seconds on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.core.demonstration import IMAGE_EVERY, Demonstration, Setting, unvaried
from harness.core.errors import UserError
from harness.core.keys import Task
from harness.core.protocols import Env, Suite

COLOURS = ("red", "green", "blue", "yellow")


@dataclass(frozen=True)
class FakeSuite(Suite):
    """Four tasks that differ in where the goal lies and in its colour."""

    name: str = "fake"
    max_steps: int = 40
    init_count: int = 50
    uses_mujoco: bool = False
    """No rendering library, MuJoCo version or assets are needed."""
    own_assets: str = "none"
    expert_version: str = "1"

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks, by id."""
        return tuple(
            Task(self.name, index, f"reach_{colour}", f"reach the {colour} goal")
            for index, colour in enumerate(COLOURS)
        )

    def make_env(
        self, task_id: int, *, assets: str, image_size: int, render: str, engine: str = "fast"
    ) -> Env:
        """Build the environment of one task; `assets`, `render` and `engine` change nothing here."""
        from benchmarks.suites._point import PointEnv

        return PointEnv(self._task(task_id), self.max_steps, image_size, self.gives)

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
        """Demonstrations by seed; seed 13 of each hundred fails."""
        from benchmarks.suites._point import PointEnv, demonstrate

        env = PointEnv(self._task(task_id), self.max_steps, image_size, self.gives)
        for seed in seeds:
            demonstration = demonstrate(env, seed, setting(seed), image_every)
            yield seed, demonstration if demonstration.success else None

    def _task(self, task_id: int) -> Task:
        if not 0 <= task_id < len(COLOURS):
            raise UserError(f"no task {task_id} in suite {self.name}; known: 0 to {len(COLOURS) - 1}")
        return self.tasks[task_id]


SUITE = FakeSuite()
