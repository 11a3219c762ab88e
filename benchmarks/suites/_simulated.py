"""What suites share whose tasks are simulated in MuJoCo and solved by a scripted expert."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.experts.version import expert_version
from harness.core.demonstration import IMAGE_EVERY, Demonstration, Setting, unvaried
from harness.core.protocols import Expert, Suite

if TYPE_CHECKING:
    from benchmarks.episode.task_env import TaskEnv


@dataclass(frozen=True)
class SimulatedSuite(Suite):
    """Environments are those of `benchmarks.episode`."""

    @property
    @abstractmethod
    def expert(self) -> Expert:
        """Solves the tasks with privileged state."""

    @property
    def expert_version(self) -> str:
        """Digest of the code that makes demonstrations."""
        return expert_version()

    @abstractmethod
    def make_env(
        self, task_id: int, *, assets: str, image_size: int, render: str, engine: str = "fast"
    ) -> TaskEnv:
        """The environment of one task."""

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
        """Expert episodes from placements sampled by seed, apart from those of evaluation; None where one
        failed."""
        from benchmarks.data.recording import record

        label = self.asset_label(assets)
        env = self.make_env(task_id, assets=assets, image_size=image_size, render=render)
        try:
            yield from record(env, self.expert, seeds, assets=label, setting=setting, image_every=image_every)
        finally:
            env.close()
