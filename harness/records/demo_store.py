"""Demonstrations on disk, one file each, made once and shared by all methods and studies."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.core.demonstration import Demonstration

SEEDS_APART = 1000
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
        path.parent.mkdir(parents=True, exist_ok=True)
        if demonstration is not None:
            demonstration.save(path)
        partial = path.with_name(f".{path.stem}.{os.getpid()}.part")
        partial.write_text(json.dumps(vars(attempt)))
        partial.replace(path.with_suffix(".json"))

    def load(self, task_id: int, seed: int) -> Demonstration:
        """Read one demonstration."""
        return Demonstration.load(self.path(task_id, seed))


def default_root() -> Path:
    """`$HARNESS_CACHE`, else .cache/ of the project."""
    base = os.environ.get("HARNESS_CACHE") or Path(__file__).resolve().parents[2] / ".cache"
    return Path(base) / "demos"
