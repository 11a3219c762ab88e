"""A fixed number of workers, each starting, idle or busy with one job."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray
from ray import ObjectRef
from ray.exceptions import RayError

from harness.cluster.ray_common import answers, one_line
from harness.cluster.worker_actors import Actors, LocalActors, RemoteActors
from harness.core.errors import UserError
from harness.core.signals import stop_by_signals
from harness.engine.jobs import Job, JobResult
from harness.engine.watchdog import last_word, silent_s
from harness.records.demo_store import DemoStore
from harness.study.study import Study

if TYPE_CHECKING:
    from harness.cluster.joined_ray import JoinedRay
    from harness.cluster.local_ray import LocalRay

FAILED_STARTS = 6
"""Workers in a row that may die before they are up."""

NO_WORKER_S = 300.0
"""Time to wait while a cluster has no processor for even one worker."""

HEALTH_EVERY_S = 3.0

STOPPED_S = 5.0
"""Time that a worker has, beyond the one without progress, to end itself before it counts as stopped."""


class Pool:
    """The workers of one study; to be closed."""

    def __init__(
        self,
        study: Study,
        run: Path,
        store: DemoStore,
        cluster: LocalRay | JoinedRay,
        *,
        workers: int,
        timeout_s: float,
    ) -> None:
        """Start workers on `cluster`; raises UserError where Ray does not start or answer there.

        A worker that shows no progress for `timeout_s` while it has a job ends itself.
        """
        self.size, self._cluster = workers, cluster
        self._study, self._run, self._store = study, run, store
        self._timeout_s = timeout_s
        self._session = secrets.token_hex(4)
        try:
            stop_by_signals()
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        self._running: dict[ObjectRef, tuple[int, Job, float]] = {}
        self._starting: dict[ObjectRef[int], int] = {}
        self._pids: dict[int, int] = {}
        self._stopped: set[int] = set()
        self._failed_starts = 0
        self._looked = self._checked = self._last_alive = time.monotonic()
        self._cluster.connect()
        context = ray.get_runtime_context()
        self._head, self._node = context.gcs_address, context.get_node_id()
        # Ray's own handler would leave our files behind.
        stop_by_signals()
        self._actors = self._make_actors()
        self._workers: list[Any] = [None] * self.size
        for worker in range(self.size):
            self._start_worker(worker)

    def _make_actors(self) -> Actors:
        what = (self._study, self._run, self._store)
        if self._cluster.hung:
            return LocalActors(*what, workers=self.size, timeout_s=self._timeout_s, hung=self._cluster.hung)
        return RemoteActors(*what, workers=self.size, timeout_s=self._timeout_s, session=self._session)

    def _start_worker(self, worker: int) -> None:
        self._workers[worker] = self._actors.start(worker)
        self._starting[self._workers[worker].pid.remote()] = worker

    def idle(self) -> Iterator[int]:
        """Workers that are up and have no job."""
        taken = {worker for worker, _, _ in self._running.values()} | set(self._starting.values())
        yield from (worker for worker in range(self.size) if worker not in taken)

    def submit(self, worker: int, job: Job) -> None:
        """Give an idle worker a job."""
        reference = self._actors.submit(self._workers[worker], job)
        self._running[reference] = (worker, job, time.monotonic())

    def wait(self, timeout_s: float) -> list[tuple[int, JobResult]]:
        """Worker and result of the jobs that ended since the last call; waits for the first one.

        A dead worker is replaced. Raises UserError where no worker can be started any more.
        """
        done, _ = ray.wait([*self._running, *self._starting], timeout=timeout_s)
        self._check_workers()
        self._end_stopped()
        if not done and not self._is_healthy():
            return self._start_anew()
        started = [reference for reference in done if reference in self._starting]
        for reference in started:
            self._note_start(reference)
        return [self._collect(reference) for reference in done if reference not in started]

    def _note_start(self, reference: ObjectRef[int]) -> None:
        worker = self._starting.pop(reference)
        try:
            self._pids[worker] = ray.get(reference)
            self._failed_starts = 0
        except RayError as error:
            self._failed_starts += 1
            if self._failed_starts == FAILED_STARTS:
                raise UserError(f"workers die before they are up: {one_line(error)}") from None
            self._start_worker(worker)

    def _collect(self, reference: ObjectRef) -> tuple[int, JobResult]:
        worker, _, since = self._running.pop(reference)
        try:
            return worker, self._actors.receive(ray.get(reference))
        except RayError as error:
            ray.kill(self._workers[worker], no_restart=True)
            self._start_worker(worker)
            return worker, JobResult(lost=self._cause(worker, since, error))

    def _cause(self, worker: int, since: float, error: RayError) -> str:
        hung = self._cluster.hung
        where = last_word(hung, self._pids.get(worker, 0)) if hung else ""
        if worker in self._stopped:
            self._stopped.remove(worker)
            return f"no progress for {self._timeout_s:.0f} s (--stall-timeout); it was stopped"
        if where or (not hung and time.monotonic() - since > self._timeout_s):
            at = f"; it was at {where}" if where else ""
            return f"no progress for {self._timeout_s:.0f} s (--stall-timeout){at}"
        return one_line(error)

    def _check_workers(self) -> None:
        now = time.monotonic()
        if len(self._starting) < self.size:
            self._last_alive = now
        elif now - self._last_alive > NO_WORKER_S:
            raise UserError(
                f"no worker could be started for {NO_WORKER_S:.0f} s: Ray has no free processor; "
                "see: ray status"
            )

    def _end_stopped(self) -> None:
        """Kill workers on this machine that neither made progress nor could end themselves."""
        hung, now = self._cluster.hung, time.monotonic()
        if not hung or now - self._looked < HEALTH_EVERY_S:
            return
        self._looked = now
        for worker, _, since in self._running.values():
            pid = self._pids.get(worker, 0)
            silent = min(now - since, silent_s(hung, pid))
            if pid and worker not in self._stopped and silent > self._timeout_s + STOPPED_S:
                self._stopped.add(worker)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _is_healthy(self) -> bool:
        """Whether Ray's head and this machine's part of it are there. Ray itself would end this process."""
        now = time.monotonic()
        if now - self._checked < HEALTH_EVERY_S:
            return True
        self._checked = now
        for _ in range(2):  # a busy machine may be slow once
            try:
                answers(self._head)
                break
            except OSError:
                time.sleep(0.2)
        else:
            return False
        return any(node["Alive"] for node in ray.nodes() if node["NodeID"] == self._node)

    def _start_anew(self) -> list[tuple[int, JobResult]]:
        """Ray is lost, and all that ran on it."""
        lost = list(self._running.values())
        self._cluster.restart()
        self._start()
        return [(worker, JobResult(lost="Ray's head was lost")) for worker, _, _ in lost]

    def close(self) -> None:
        """Stop all workers, whatever they do; the cluster stays."""
        ray.shutdown()
