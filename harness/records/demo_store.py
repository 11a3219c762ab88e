"""Demonstrations on disk, one file each, made once and shared by all methods and studies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.core.demonstration import Demonstration
from harness.core.files import write_whole
from harness.core.paths import cache_dir
from harness.core.settings import MOST_DEMOS, Simulation

SEEDS_APART = MOST_DEMOS
"""Study seed s draws its demonstrations from the candidate seeds s * 1000, s * 1000 + 1, ..."""


@dataclass(frozen=True)
class Attempt:
    """What became of one candidate seed."""

    seed: int
    success: bool
    frames: int
    seconds: float


@dataclass(frozen=True)
class DemoStore:
    """The demonstrations of one suite as one policy wants to see them."""

    root: Path
    suite: str
    assets: str
    image_size: int
    render: str
    expert: str

    def folder(self, task_id: int) -> Path:
        """Where a task's demonstrations lie; everything that changes their content is in its name."""
        facts = f"{self.assets}|{self.image_size}|{self.render}|{self.expert}"
        digest = hashlib.sha256(facts.encode()).hexdigest()[:10]
        return self.root / f"{self.suite}-{digest}" / f"task-{task_id:02d}"

    def path(self, task_id: int, seed: int) -> Path:
        """File of one demonstration."""
        return self.folder(task_id) / f"{seed:06d}.npz"

    def attempts(self, task_id: int) -> Iterator[Attempt]:
        """All attempts made so far, failed ones too."""
        for path in sorted(self.folder(task_id).glob("[0-9]*.json")):
            yield Attempt(**json.loads(path.read_text()))

    def save(self, task_id: int, attempt: Attempt, demonstration: Demonstration | None) -> None:
        """Keep an attempt; the data first, so that a recorded success always has its data."""
        path = self.path(task_id, attempt.seed)
        if demonstration is not None:
            demonstration.save(path)
        write_whole(path.with_suffix(".json"), json.dumps(vars(attempt)))

    def load(self, task_id: int, seed: int) -> Demonstration:
        """Read one demonstration."""
        return Demonstration.load(self.path(task_id, seed))


def demonstrations_for(simulation: Simulation, root: Path | None = None) -> DemoStore:
    """The demonstrations that show `simulation`, in the cache or below `root`."""
    return DemoStore(
        root or default_root(),
        simulation.suite,
        simulation.asset_label,
        simulation.image_size,
        simulation.render,
        simulation.expert,
    )


def default_root() -> Path:
    """Below the cache folder (harness.core.paths)."""
    return cache_dir() / "demos"
