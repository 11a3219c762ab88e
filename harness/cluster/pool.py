"""Workers as Ray actors: the only module that knows Ray."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")

import ray
from ray._private.node import Node
from ray._private.parameter import RayParams
from ray.exceptions import RayError

from harness.cluster import remote_worker
from harness.cluster.remote_worker import Luggage, Outpost, ServerOutpost
from harness.cluster.tempdirs import Scratch
from harness.cluster.worker_environment import environment
from harness.core.errors import UserError
from harness.core.keys import AdaptKey
from harness.engine.jobs import Finished, Job, ServerLostError
from harness.engine.policy_server import PolicyServer, remote_policies
from harness.engine.watchdog import Watchdog, last_word
from harness.engine.worker import Worker
from harness.records.demo_store import DemoStore
from harness.study.study import Study

OBJECT_STORE_BYTES = 80 * 2**20
"""Jobs and outcomes are small; Ray accepts no less than 75 MiB."""

CONNECT_S = 5.0

START_TRIES = 3
"""Ray gives its own processes 15 to 30 s to start, which is not enough on a busy machine."""

FAILED_STARTS = 6
"""Workers in a row that may die before they are up."""

NO_WORKER_S = 300.0
"""Time to wait while a cluster has no processor for even one worker."""

BUSY = "where the machine is busy, stop other programs and give the same command again"

HEALTH_EVERY_S = 3.0

QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}


class LeanNode(Node):
    """Ray's processes that give out work, without those that show, log or scale it: a dashboard, which
    `ray.init` waits for, an autoscaler and a reader of logs take 1.5 processor seconds and 150 MB."""

    def __init__(self, workers: int, folder: Path, variables: dict[str, str]) -> None:
        """Start with files in `folder`; workers inherit `variables`. Raises whatever Ray raises."""
        without: dict[str, Any] = {"no_monitor": True, "include_log_monitor": False}
        params = RayParams(
            num_cpus=workers,
            object_store_memory=OBJECT_STORE_BYTES,
            temp_dir=str(folder),
            env_vars=variables,  # a runtime environment would take seconds
            **without,
        )
        try:
            super().__init__(params, head=True, shutdown_at_exit=False)
        except BaseException:
            self.kill_all_processes(check_alive=False)
            raise

    def start_api_server(self, **_: Any) -> None:
        """No dashboard."""


class Head:
    """Ray on this machine, started in the background; to be closed."""

    address = ""

    def __init__(self, workers: int, backend: str) -> None:
        """Begin to start it, for so many workers; `backend` is the value of MUJOCO_GL."""
        self._workers, self._variables = workers, environment(backend, shared=True)
        # Only this driver and its workers may talk to the cluster. Ray would write a token to the home
        # directory and share it between all clusters of the user.
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        self._begin()

    def _begin(self) -> None:
        self._scratch = Scratch("ray-", secrets.token_hex(4))
        self.hung = self._scratch.path / "hung"
        # The kernel ends Ray's processes with the thread that started them: the executor keeps it.
        self._thread = ThreadPoolExecutor(1)
        self._node: Future[LeanNode] = self._thread.submit(self._start)

    def _start(self) -> LeanNode:
        folder = self._scratch.path / "ray"
        for _ in range(START_TRIES - 1):
            with suppress(Exception):
                return LeanNode(self._workers, folder, self._variables)
            shutil.rmtree(folder, ignore_errors=True)
        return LeanNode(self._workers, folder, self._variables)

    def connect(self) -> None:
        """Make this process its driver. Raises UserError where Ray does not start."""
        try:
            ray.init(address=self._node.result().address, **QUIET)
        except Exception as error:
            raise UserError(f"Ray does not start: {one_line(error)}; {BUSY}") from None

    def probe(self) -> None:
        """Have a worker answer; raises UserError where none does."""
        answer: Any = ray.remote(lambda: True)
        try:
            ray.get(answer.remote(), timeout=60)
        except RayError as error:
            raise UserError(f"no worker of Ray answers: {one_line(error)}; {BUSY}") from None

    def restart(self) -> None:
        """Begin anew."""
        self.close()
        self._begin()

    def close(self) -> None:
        """Stop Ray, and leave no files behind."""
        ray.shutdown()
        if not self._node.exception():
            self._node.result().kill_all_processes(check_alive=False, allow_graceful=True)
        self._thread.shutdown()
        self._scratch.remove()


class Cluster:
    """A running cluster, which is left as it is."""

    hung = None

    def __init__(self, address: str, workers: int, backend: str) -> None:
        """`address` is host:port, or auto for the one on this machine."""
        self.address, self._workers = address, workers
        self._variables = environment(backend, shared=False)

    def connect(self) -> None:
        """Make this process a driver of it; raises UserError where there is none or it is too small."""
        address = self.address
        code = {"py_modules": remote_worker.packages(), "excludes": ["**/__pycache__"]}
        try:
            host, colon, port = address.rpartition(":")
            if colon and "/" not in host:  # Ray itself would retry for minutes
                socket.create_connection((host, int(port)), timeout=CONNECT_S).close()
            ray.init(address=address, runtime_env=code | {"env_vars": self._variables}, **QUIET)
        except (OSError, ValueError, RuntimeError) as error:
            raise UserError(
                f"no Ray cluster answers at {address!r} ({one_line(error)}); see: ray status, RAY_AUTH_MODE"
            ) from None
        processors = int(ray.cluster_resources().get("CPU", 0))
        if processors < self._workers:
            raise UserError(f"--workers {self._workers}: the cluster at {address} has {processors} CPUs")

    def restart(self) -> None:
        """Leave it, to connect again."""
        ray.shutdown()

    close = restart


class Pool:
    """A fixed number of workers, each starting, idle or busy with one job; to be closed."""

    def __init__(
        self,
        study: Study,
        run: Path,
        store: DemoStore,
        place: Head | Cluster,
        *,
        workers: int,
        timeout_s: float,
    ) -> None:
        """Start workers at `place`; raises UserError where Ray does not start or answer there.

        A worker that shows no progress for `timeout_s` while it has a job ends itself.
        """
        self.size, self._place = workers, place
        self._study, self._run, self._store = study, run, store
        self._timeout_s = timeout_s
        self._session = secrets.token_hex(4)
        try:
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        self._running: dict[Any, tuple[int, Job, float]] = {}
        self._starting: dict[Any, int] = {}
        self._pids: dict[int, int] = {}
        self._failed_starts = 0
        self._sent: dict[Path, Any] = {}
        self._checked = self._last_alive = time.monotonic()
        self._place.connect()
        context = ray.get_runtime_context()
        self._head, self._node = context.gcs_address, context.get_node_id()
        signal.signal(
            signal.SIGTERM, signal.default_int_handler
        )  # Ray's own handler would leave our files behind
        gpus = float(ray.cluster_resources().get("GPU", 0.0))
        served = self._study.evaluation.inference == "server"
        share = gpus / (2 * self.size if served else self.size)
        self._options: dict[str, Any] = {"num_cpus": 1, "num_gpus": min(1.0, share)}
        if self._place.hung:
            self._make = self._local_maker(gpus, self._place.hung)
        else:
            self._options["scheduling_strategy"] = "SPREAD"
            self._make = self._remote_maker(gpus)
        self._actors: list[Any] = [None] * self.size
        for worker in range(self.size):
            self._start_worker(worker)

    def _local_maker(self, gpus: float, hung: Path) -> Callable[[int], Any]:
        """Workers that see the driver's files; of one that hung `hung` tells where."""
        policies = None
        if self._study.evaluation.inference == "server":
            server = self._server(PolicyServer, gpus).remote(
                self._study, self._run, partial(Watchdog, hung, self._timeout_s / 2)
            )
            policies = remote_policies(self._study, partial(ask, server, None))
        actor = ray.remote(Worker).options(**self._options)
        watchdog = partial(Watchdog, hung, self._timeout_s)
        return lambda _: actor.remote(self._study, self._run, self._store, policies, watchdog)

    def _remote_maker(self, gpus: float) -> Callable[[int], Any]:
        """Workers that are sent what they need."""
        assets = remote_worker.asset_directory(self._study)
        files = {name: self._send(path) for name, path in remote_worker.directories(self._study, assets)}
        luggage = Luggage(self._study, self._store, self._timeout_s, self._session, files)
        policies = None
        if self._study.evaluation.inference == "server":
            server = self._server(ServerOutpost, gpus).remote(luggage, ray.get)
            policies = partial(served_policy, self._study, server)
        actor = ray.remote(Outpost).options(**self._options)
        return lambda worker: actor.remote(luggage, ray.get, worker, policies)

    def _server(self, kind: type, gpus: float) -> Any:
        """The policy server, on half a GPU where there is one: adapting workers share the rest.

        Ray restarts it and repeats the requests if it dies.
        """
        return ray.remote(kind).options(
            num_cpus=0,
            num_gpus=min(1.0, gpus) / 2,
            max_restarts=-1,
            max_task_retries=3,
            max_concurrency=1000,
        )

    def _start_worker(self, worker: int) -> None:
        self._actors[worker] = self._make(worker)
        self._starting[self._actors[worker].pid.remote()] = worker

    def idle(self) -> Iterator[int]:
        """Workers that are up and have no job."""
        taken = {worker for worker, _, _ in self._running.values()} | set(self._starting.values())
        yield from (worker for worker in range(self.size) if worker not in taken)

    def submit(self, worker: int, job: Job) -> None:
        """Give an idle worker a job."""
        arguments: list[Any] = [job]
        if self._place.address:
            needed = remote_worker.needed(job, self._run, self._store)
            arguments.append({name: self._send(path) for name, path in needed})
        reference = self._actors[worker].work.remote(*arguments)
        self._running[reference] = (worker, job, time.monotonic())

    def wait(self, timeout_s: float) -> list[Finished]:
        """Jobs that ended since the last call; waits for the first one. A dead worker is replaced.

        Raises UserError where no worker can be started any more.
        """
        done, _ = ray.wait([*self._running, *self._starting], timeout=timeout_s)
        self._check_workers()
        if not done and not self._healthy():
            return self._start_anew()
        started = [reference for reference in done if reference in self._starting]
        for reference in started:
            self._started(reference)
        return [self._collect(reference) for reference in done if reference not in started]

    def _started(self, reference: Any) -> None:
        worker = self._starting.pop(reference)
        try:
            self._pids[worker] = ray.get(reference)
            self._failed_starts = 0
        except RayError as error:
            self._failed_starts += 1
            if self._failed_starts == FAILED_STARTS:
                raise UserError(f"workers die before they are up: {one_line(error)}") from None
            self._start_worker(worker)

    def _collect(self, reference: Any) -> Finished:
        worker, job, since = self._running.pop(reference)
        try:
            result = ray.get(reference)
        except RayError as error:
            ray.kill(self._actors[worker], no_restart=True)
            self._start_worker(worker)
            return Finished(worker, job, None, death=self._cause(worker, since, error))
        if self._place.address:
            result, files = result
            remote_worker.bring_home(files, self._run, self._store)
        return Finished(worker, job, result)

    def _cause(self, worker: int, since: float, error: RayError) -> str:
        where = last_word(self._place.hung, self._pids.get(worker, 0)) if self._place.hung else ""
        if where or (self._place.address and time.monotonic() - since > self._timeout_s):
            return (
                f"no progress for {self._timeout_s:.0f} s (--stall-timeout)"
                + f"; it was at {where}" * bool(where)
            )
        return one_line(error)

    def _send(self, path: Path) -> Any:
        """A file's content in Ray's object store, once."""
        if path not in self._sent:
            self._sent[path] = ray.put(path.read_bytes())
        return self._sent[path]

    def _check_workers(self) -> None:
        now = time.monotonic()
        if len(self._starting) < self.size:
            self._last_alive = now
        elif now - self._last_alive > NO_WORKER_S:
            raise UserError(
                f"no worker could be started for {NO_WORKER_S:.0f} s: Ray has no free processor; "
                "see: ray status"
            )

    def _healthy(self) -> bool:
        """Whether Ray's head and this machine's part of it are there. Ray itself would end this process."""
        now = time.monotonic()
        if now - self._checked < HEALTH_EVERY_S:
            return True
        self._checked = now
        host, _, port = self._head.rpartition(":")
        for _ in range(2):  # a busy machine may be slow once
            try:
                socket.create_connection((host, int(port)), timeout=CONNECT_S).close()
                break
            except OSError:
                time.sleep(0.2)
        else:
            return False
        return any(node["Alive"] for node in ray.nodes() if node["NodeID"] == self._node)

    def _start_anew(self) -> list[Finished]:
        """Ray is lost, and all that ran on it."""
        lost = list(self._running.values())
        self._place.restart()
        self._start()
        return [Finished(worker, job, None, death="Ray's head was lost") for worker, job, _ in lost]

    def close(self) -> None:
        """Stop all workers, whatever they do; `place` stays."""
        ray.shutdown()


def ask(server: Any, run: Path | None, *request: Any) -> Any:
    """One request to the policy server; `run` has the adapter in case the server was not sent it yet."""
    try:
        try:
            return ray.get(server.act.remote(*request))
        except FileNotFoundError:
            if run is None:
                raise
            files = {path.name: path.read_bytes() for path in remote_worker.adapter_files(run, request[0])}
            ray.get(server.install.remote(files))
            return ray.get(server.act.remote(*request))
    except ray.exceptions.RayTaskError:
        raise
    except RayError as error:
        raise ServerLostError(f"the policy server died: {one_line(error)}") from None


def served_policy(study: Study, server: Any, run: Path, key: AdaptKey) -> Any:
    """A policy of `harness.engine.policy_server` for a worker whose adapters are in `run`."""
    return remote_policies(study, partial(ask, server, run))(key)


def one_line(error: BaseException) -> str:
    """The beginning of what it says, without line breaks; of a worker's death, how it ended."""
    text = " ".join(str(error).split())
    return text[max(0, text.find("Worker exit type:")) :][:300]
