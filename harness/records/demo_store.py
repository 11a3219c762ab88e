"""Demonstrations on disk, one file each, made once and shared by all methods and studies."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.demonstration import IMAGE_EVERY, REMEDY, Demonstration, Meta
from harness.core.errors import DamagedFileError, UserError
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
    sha256: str = ""
    """Of the demonstration's file; empty where there is none."""
    size: int = 0
    """Of that file, bytes."""


@dataclass(frozen=True)
class DemoStore:
    """The demonstrations of one suite as one policy wants to see them."""

    root: Path
    suite: str
    assets: str
    image_size: int
    render: str
    expert: str
    image_every: int = IMAGE_EVERY
    """Images are kept of every so many control steps."""
    origin: str = ""
    """Label of the dataset that they are from; empty for those of the expert."""

    def folder(self, task_id: int) -> Path:
        """Where a task's demonstrations lie; everything that changes their content is in its name."""
        facts = f"{self.assets}|{self.image_size}|{self.render}|{self.expert}"
        if self.image_every != IMAGE_EVERY:
            facts += f"|every {self.image_every}"
        if self.origin:
            facts += f"|from {self.origin}"
        digest = hashlib.sha256(facts.encode()).hexdigest()[:10]
        return self.root / f"{self.suite}-{digest}" / f"task-{task_id:02d}"

    def path(self, task_id: int, seed: int) -> Path:
        """File of one demonstration."""
        return self.folder(task_id) / f"{seed:06d}.npz"

    def attempts(self, task_id: int) -> Iterator[Attempt]:
        """All attempts made so far, failed ones too; one that lost its file counts as not made."""
        for path in sorted(self.folder(task_id).glob("[0-9]*.json")):
            if (attempt := _attempt(path)) is not None:
                yield attempt

    def save(self, task_id: int, attempt: Attempt, demonstration: Demonstration | None) -> Attempt:
        """Keep an attempt; the data first, so that a recorded success always has its data.

        Returns the attempt with what binds it to that file.
        """
        path = self.path(task_id, attempt.seed)
        if demonstration is not None:
            demonstration.save(path)
            attempt = replace(attempt, sha256=_sha256(path), size=path.stat().st_size)
        write_whole(path.with_suffix(".json"), json.dumps(vars(attempt)))
        return attempt

    def load(self, task_id: int, seed: int) -> Demonstration:
        """Read one demonstration.

        Raises DamagedFileError where the file is not the one that its attempt vouches for, or of another task
        or seed; the attempt is then forgotten, so that the same command makes it again.
        """
        self.check(task_id, seed)
        with self._forgotten(task_id, seed) as path:
            return Demonstration.load(path)

    def check(self, task_id: int, seed: int) -> None:
        """Compare a demonstration with what is recorded of it; raises as `load`."""
        with self._forgotten(task_id, seed) as path:
            attempt = _attempt(path.with_suffix(".json"))
            if attempt is None or _sha256(path) != attempt.sha256:
                raise UserError(f"{str(path)!r} is not the demonstration that was recorded there")
            about = Meta.load(path)
            if (about.task.suite, about.task.task_id, about.seed) != (self.suite, task_id, seed):
                raise UserError(f"{str(path)!r} is a demonstration of another task or seed")

    @contextlib.contextmanager
    def _forgotten(self, task_id: int, seed: int) -> Iterator[Path]:
        """The file of a demonstration, whose attempt is forgotten where reading it fails."""
        path = self.path(task_id, seed)
        try:
            yield path
        except (UserError, OSError) as error:
            with contextlib.suppress(OSError):
                path.with_suffix(".json").unlink()
            raise DamagedFileError(str(error).removesuffix(REMEDY)) from None


def demos_digest(store: DemoStore, demos: Sequence[tuple[int, int]]) -> str:
    """One hash of the files of demonstrations (task, seed), in order; empty for none.

    Raises DamagedFileError where one is gone.
    """
    found = hashlib.sha256()
    for task_id, seed in demos:
        attempt = _attempt(store.path(task_id, seed).with_suffix(".json"))
        if attempt is None:
            raise DamagedFileError(f"{str(store.path(task_id, seed))!r} is gone")
        found.update(attempt.sha256.encode())
    return found.hexdigest() if demos else ""


def _attempt(path: Path) -> Attempt | None:
    """What is recorded of an attempt; None where that cannot be read, or its file is not there whole."""
    try:
        found = Attempt(**json.loads(path.read_bytes()))
        whole = not found.success or path.with_suffix(".npz").stat().st_size == found.size
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    kinds = type(found.seed), type(found.success), type(found.frames), type(found.sha256)
    sound = kinds == (int, bool, int, str) and isinstance(found.seconds, int | float) and found.seconds >= 0
    return found if whole and sound and path.stem == f"{found.seed:06d}" else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def demonstrations_for(
    simulation: Simulation, root: Path | None = None, image_every: int = IMAGE_EVERY
) -> DemoStore:
    """The expert's demonstrations that show `simulation`, in the cache or below `root`."""
    return DemoStore(
        root or default_root(),
        simulation.suite,
        simulation.asset_label,
        simulation.image_size,
        simulation.render,
        simulation.expert,
        image_every,
    )


def default_root() -> Path:
    """Below the cache folder (harness.core.paths)."""
    return cache_dir() / "demos"
