"""Workers and policy servers as Ray actors: on this machine, or on nodes that see none of its files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Protocol, cast

import ray
from ray import ObjectRef
from ray.actor import ActorHandle

from harness.cluster import remote_worker
from harness.cluster.policy_client import ask, served_policy
from harness.cluster.remote_worker import RemotePolicyServer, RemoteWorker, WorkerSpec
from harness.engine.jobs import Job, JobResult
from harness.engine.policy_server import PolicyServer, remote_policies
from harness.engine.watchdog import Watchdog
from harness.engine.worker import Worker
from harness.records.demo_store import DemoStore
from harness.study.study import Study


class Actors(Protocol):
    """Starts workers and talks to them."""

    def start(self, number: int) -> ActorHandle:
        """A new worker."""

    def submit(self, worker: ActorHandle, job: Job) -> ObjectRef:
        """Reference of the answer to a job."""

    def receive(self, answer: Any) -> JobResult:
        """What the worker says came of the job."""
        ...


class LocalActors:
    """Workers that see the driver's files; of one that hung the directory `hung` tells where."""

    def __init__(
        self, study: Study, run: Path, store: DemoStore, *, workers: int, timeout_s: float, hung: Path
    ) -> None:
        """Starts the policy server where the study asks for one."""
        self._study, self._run, self._store = study, run, store
        self._watchdog = partial(Watchdog, hung, timeout_s)
        self._policies = None
        if study.evaluation.inference == "server":
            server = _server(PolicyServer, study, run, partial(Watchdog, hung, timeout_s / 2))
            self._policies = remote_policies(study, partial(ask, server, None))
        self._actor = ray.remote(Worker).options(**_share(study, workers))

    def start(self, number: int) -> ActorHandle:
        """A new worker; workers on one machine need no number."""
        return cast(
            "ActorHandle",
            self._actor.remote(self._study, self._run, self._store, self._policies, self._watchdog),
        )

    def submit(self, worker: ActorHandle, job: Job) -> ObjectRef:
        """Reference of the answer to a job."""
        return worker.work.remote(job)

    def receive(self, answer: JobResult) -> JobResult:
        """What the worker says came of the job."""
        return answer


class RemoteActors:
    """Workers that are sent what they need, and whose files are brought home."""

    def __init__(
        self, study: Study, run: Path, store: DemoStore, *, workers: int, timeout_s: float, session: str
    ) -> None:
        """Starts the policy server where the study asks for one."""
        self._run, self._store = run, store
        self._sent: dict[Path, ObjectRef] = {}
        assets = remote_worker.asset_directory(study)
        files = {name: self._send(path) for name, path in remote_worker.directories(study, assets)}
        self._spec = WorkerSpec(study, store, timeout_s, session, files)
        self._policies = None
        if study.evaluation.inference == "server":
            server = _server(RemotePolicyServer, self._spec, ray.get)
            self._policies = partial(served_policy, study, server)
        self._actor = ray.remote(RemoteWorker).options(**_share(study, workers), scheduling_strategy="SPREAD")

    def start(self, number: int) -> ActorHandle:
        """A new worker."""
        return cast("ActorHandle", self._actor.remote(self._spec, ray.get, number, self._policies))

    def submit(self, worker: ActorHandle, job: Job) -> ObjectRef:
        """Reference of the answer to a job; what it reads goes along."""
        needed = remote_worker.needed(job, self._run, self._store)
        return worker.work.remote(job, {name: self._send(path) for name, path in needed})

    def receive(self, answer: tuple[JobResult, dict[str, bytes]]) -> JobResult:
        """What the worker says came of the job, once its files are here."""
        result, files = answer
        remote_worker.bring_home(files, self._run, self._store)
        return result

    def _send(self, path: Path) -> ObjectRef:
        """A file's content in Ray's object store, once."""
        if path not in self._sent:
            self._sent[path] = ray.put(path.read_bytes())
        return self._sent[path]


def _gpus() -> float:
    return float(ray.cluster_resources().get("GPU", 0.0))


def _share(study: Study, workers: int) -> dict[str, float]:
    """A worker's part of the machine; where there is a policy server, workers share half of the GPUs."""
    share = _gpus() / (2 * workers if study.evaluation.inference == "server" else workers)
    return {"num_cpus": 1, "num_gpus": min(1.0, share)}


def _server(kind: type, *given: object) -> ActorHandle:
    """A policy server, on half a GPU where there is one: adapting workers share the rest.

    Ray restarts it and repeats the requests if it dies.
    """
    actor: Any = ray.remote(kind).options(
        num_cpus=0,
        num_gpus=min(1.0, _gpus()) / 2,
        max_restarts=-1,
        max_task_retries=3,
        max_concurrency=1000,
    )
    return cast("ActorHandle", actor.remote(*given))
