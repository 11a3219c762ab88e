"""The loop between scheduler and workers: hand out jobs, take in results, survive dying workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Protocol

from harness.core.errors import UserError
from harness.engine.jobs import Job, JobResult
from harness.engine.observer import Observer
from harness.engine.scheduler import Event, Scheduler

MAX_DEATHS = 3
"""Workers that one job may cost before it is an error: a job may be killed for another one's memory."""

POLL_S = 0.5


class Workers(Protocol):
    """What the loop needs of harness.cluster.pool.Pool."""

    size: int

    def idle(self) -> Iterator[int]:
        """Workers without a job."""

    def submit(self, worker: int, job: Job) -> None:
        """Give an idle worker a job."""

    def wait(self, timeout_s: float) -> list[tuple[int, JobResult]]:
        """Worker and result of the jobs that ended since the last call."""


def work(
    scheduler: Scheduler,
    pool: Workers,
    observer: Observer,
    *,
    record: Callable[[Event], None],
    prepare: Callable[[Job], Job] = lambda job: job,
    note: Callable[[list[Job]], str] = lambda jobs: "",
) -> None:
    """Work until nothing is left; `record` gets each event once, when its job ends.

    `prepare` may complete a job before it is handed out, `note` says something about those that run.
    Raises UserError where a worker refuses its input.
    """
    deaths: Counter[Job] = Counter()
    running: dict[int, Job] = {}
    while not scheduler.finished:
        for worker in pool.idle():
            if job := scheduler.next(worker):
                running[worker] = prepare(job)
                pool.submit(worker, running[worker])
        for worker, result in pool.wait(POLL_S):
            job = running.pop(worker)
            if result.refusal:
                raise UserError(result.refusal)
            if not result.lost:
                events = scheduler.finish(job, result)
            else:
                deaths[job] += 1
                if deaths[job] < MAX_DEATHS:
                    scheduler.requeue(job)
                    continue
                events = scheduler.give_up(job, f"{MAX_DEATHS} workers died of it: {result.lost}")
            for event in events:
                record(event)
            observer.finished(job, result, events)
        observer.show(note(list(running.values())))
