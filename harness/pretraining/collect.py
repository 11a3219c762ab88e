"""Collecting demonstrations over all tasks of a suite, a few of each at a time, in one process."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.files import cannot_write
from harness.core.keys import Task
from harness.core.protocols import Suite
from harness.pretraining.curriculum import TaskProgress, setting
from harness.records.journal import Journal

log = logging.getLogger("collect")

VISIT = 5
"""Demonstrations of a task before it is the next one's turn: a visit begins with seconds of building."""
QUALITY = 95
"""Of the JPEG images: 6 times smaller than the pixels, differences below what cameras add."""
ATTEMPTS = "attempts.jsonl"


@dataclass(frozen=True)
class Plan:
    """What is wanted."""

    suite: Suite
    out: Path
    demos: int
    """Of each task."""
    varied_share: float
    dimensions: tuple[str, ...]
    assets: str
    image_size: int
    render: str
    tasks: tuple[Task, ...]

    def lacks(self, progress: TaskProgress) -> tuple[int, bool]:
        """How many more of a task are to be made, and whether the next ones are varied."""
        varied = round(self.varied_share * self.demos)
        missing = {False: self.demos - varied - progress.made[False], True: varied - progress.made[True]}
        kind = max(missing, key=lambda each: missing[each])
        return (0 if progress.left_out else max(0, missing[kind])), kind


class Collection:
    """Demonstrations below a folder: one file each, and a journal of every attempt."""

    def __init__(self, plan: Plan) -> None:
        """Read what earlier calls made."""
        self.plan, self.journal = plan, Journal(plan.out / ATTEMPTS)
        plan.out.mkdir(parents=True, exist_ok=True)
        self.journal.repair()
        self.expert = plan.suite.expert_version
        self.progress = {task.task_id: TaskProgress() for task in plan.suite.tasks}
        for row in self.journal.rows():
            self.progress[row["task_id"]].add(row["seed"], row["success"], row["expert"], self.expert)

    def path(self, task: Task, seed: int) -> Path:
        """File of one demonstration."""
        return self.plan.out / task.suite / f"task-{task.task_id:02d}" / f"{seed:06d}.npz"

    def collect(self) -> None:
        """Make all that lacks, in rounds over the tasks; may be killed at any time and called again."""
        while self.round():
            pass

    def round(self) -> bool:
        """Visit every task that lacks demonstrations; False where none does."""
        # A round raises all tasks to the same number, whatever was made of them before.
        open_tasks = {task: self.plan.lacks(self.progress[task.task_id])[0] for task in self.plan.tasks}
        most = max(open_tasks.values(), default=0)
        for task, missing in open_tasks.items():
            if missing > max(0, most - VISIT):
                self.visit(task, min(VISIT, missing))
        return most > 0

    def visit(self, task: Task, count: int) -> None:
        """Attempt `count` demonstrations of a task; what breaks costs the attempt, not the collection."""
        progress = self.progress[task.task_id]
        _, varied = self.plan.lacks(progress)
        seeds = progress.next_seeds(varied, count, self.expert)
        while seeds:
            clock = time.perf_counter()
            try:
                for seed, found in self._demonstrate(task, seeds):
                    self._keep(task, seed, found, time.perf_counter() - clock)
                    seeds = seeds[1:]
                    clock = time.perf_counter()
            except UserError:
                raise
            except Exception as error:  # a simulation that diverges, a variation without room
                self._keep(
                    task, seeds[0], None, time.perf_counter() - clock, f"{type(error).__name__}: {error}"
                )
                seeds = seeds[1:]
        if progress.left_out:
            log.info("left out: task %d %s: %d of %d attempts", task.task_id, task.name, progress.successes,
                     progress.attempts)  # fmt: skip

    def _demonstrate(self, task: Task, seeds: Sequence[int]) -> Iterator[tuple[int, Demonstration | None]]:
        plan = self.plan
        return plan.suite.demonstrate(
            task.task_id,
            seeds,
            assets=plan.assets,
            image_size=plan.image_size,
            render=plan.render,
            setting=lambda seed: setting(task, seed, plan.dimensions),
        )

    def _keep(
        self, task: Task, seed: int, found: Demonstration | None, seconds: float, error: str = ""
    ) -> None:
        """The data first, so that a recorded success always has its file."""
        path = self.path(task, seed)
        try:
            if found is not None:
                found.save(path, QUALITY)
        except OSError as failed:
            raise cannot_write(path, failed) from None
        row = {
            "task_id": task.task_id, "seed": seed, "success": found is not None,
            "frames": len(found) if found else 0, "variation": setting(task, seed, self.plan.dimensions),
            "expert": self.expert, "seconds": round(seconds, 2), "error": error,
        }  # fmt: skip
        self.journal.append(row)
        self.progress[task.task_id].add(seed, found is not None, self.expert, self.expert)
        made = sum(sum(each.made.values()) for each in self.progress.values())
        log.info("task %d seed %d %s: %s %.1f s; %d demonstrations", task.task_id, seed, row["variation"],
                 error or (f"{len(found)} steps" if found else "failed"), seconds, made)  # fmt: skip

    def summary(self) -> Iterator[str]:
        """Demonstrations of each task, the tasks that are left out, and a hash of the data."""
        for task in self.plan.tasks:
            each = self.progress[task.task_id]
            counts = f"{each.made[False]} unvaried, {each.made[True]} varied"
            rate = f"{each.successes} of {each.attempts} attempts" + (", left out" if each.left_out else "")
            yield f"task {task.task_id}: {counts}; {rate}; {task.name}"
        yield f"data {data_hash(self.plan.out)}"


def data_hash(folder: Path) -> str:
    """SHA-256 of names and contents of all demonstrations below `folder`."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("[0-9]*.npz")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
