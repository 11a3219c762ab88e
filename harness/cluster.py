"""Workers as Ray actors: the only module that knows Ray."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")

import ray
from ray.exceptions import RayError

from harness.demostore import DemoStore
from harness.jobs import Finished, Job
from harness.server import PolicyServer, remote_policies
from harness.study import Study
from harness.types import UserError
from harness.worker import Worker

OBJECT_STORE_BYTES = 80 * 2**20
"""Jobs and outcomes are small; Ray accepts no less than 75 MiB."""

CONNECT_S = 5.0

THREADS = ("OMP", "MKL", "OPENBLAS", "NUMBA", "VECLIB", "NUMEXPR")
"""Libraries held to one thread a worker: the order of a sum, and so a result, depends on the number."""


class Pool:
    """A fixed number of workers, each busy with one job or idle. Use as a context manager."""

    def __init__(
        self, study: Study, run: Path, store: DemoStore, *, workers: int, address: str | None, backend: str
    ) -> None:
        """Start Ray, or join the cluster at `address`; raises UserError where none answers there."""
        self.size = workers
        self._temp = None if address else Path(tempfile.mkdtemp(prefix="ray-", dir=_short_temp()))
        self._running: dict[Any, tuple[int, Job]] = {}
        try:
            self._connect(address, environment(backend))
            signal.signal(signal.SIGTERM, _interrupt)  # Ray's own handler would leave our files behind
            gpus = float(ray.cluster_resources().get("GPU", 0.0))
            policies = self._serve(study, run, min(1.0, gpus) / 2) if study.inference == "server" else None
            share = gpus / workers if policies is None else gpus / (2 * workers)
            self._actor: Any = ray.remote(Worker).options(num_cpus=1, num_gpus=min(1.0, share))
            self._arguments = (study, run, store, policies)
            self._actors: list[Any] = [self._actor.remote(*self._arguments) for _ in range(workers)]
        except BaseException:
            self.close()
            raise

    def _serve(self, study: Study, run: Path, gpus: float) -> Any:
        """Start the policy server, on half a GPU where there is one: adapting workers share the rest.

        Ray restarts it and repeats the requests if it dies.
        """
        actor: Any = ray.remote(PolicyServer).options(
            num_cpus=0, num_gpus=gpus, max_restarts=-1, max_task_retries=3, max_concurrency=1000
        )
        self._server = actor.remote(study, run)
        server = self._server
        return remote_policies(study, lambda *request: ray.get(server.act.remote(*request)))

    def idle(self) -> Iterator[int]:
        """Workers without a job."""
        busy = {worker for worker, _ in self._running.values()}
        yield from (worker for worker in range(self.size) if worker not in busy)

    def submit(self, worker: int, job: Job) -> None:
        """Give an idle worker a job."""
        self._running[self._actors[worker].work.remote(job)] = (worker, job)

    def wait(self, timeout_s: float) -> list[Finished]:
        """Jobs that ended since the last call; waits for the first one. A dead worker is replaced."""
        done, _ = ray.wait(list(self._running), timeout=timeout_s)
        return [self._collect(reference) for reference in done]

    def _collect(self, reference: Any) -> Finished:
        worker, job = self._running.pop(reference)
        try:
            return Finished(worker, job, ray.get(reference))
        except RayError as error:
            ray.kill(self._actors[worker], no_restart=True)
            self._actors[worker] = self._actor.remote(*self._arguments)
            return Finished(worker, job, None, death=" ".join(str(error).split())[:300])

    def _connect(self, address: str | None, variables: dict[str, str]) -> None:
        common: dict[str, Any] = {
            "runtime_env": {"env_vars": variables},
            "log_to_driver": False,
            "logging_level": "error",
        }
        if address:
            join(address, self.size, common)
            return
        # Only this driver and its workers may talk to the cluster. Ray would write a token to the home
        # directory and share it between all clusters of the user.
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        ray.init(
            num_cpus=self.size,
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            _temp_dir=str(self._temp),
            **common,
        )

    def close(self) -> None:
        """Stop all workers, whatever they do, and leave no files behind."""
        ray.shutdown()
        if self._temp is not None:
            shutil.rmtree(self._temp, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def join(address: str, workers: int, common: dict[str, Any]) -> None:
    """Connect to a running cluster; raises UserError where there is none or it is too small.

    `address` is host:port, or auto for the one on this machine. Ray itself retries for minutes.
    """
    try:
        host, colon, port = address.rpartition(":")
        if colon and "/" not in host:
            socket.create_connection((host, int(port)), timeout=CONNECT_S).close()
        ray.init(address=address, **common)
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"no Ray cluster answers at {address!r} ({reason}); see: ray status, RAY_AUTH_MODE"
        ) from None
    processors = int(ray.cluster_resources().get("CPU", 0))
    if processors < workers:
        raise UserError(f"--workers {workers}: the cluster at {address} has {processors} CPUs")


def environment(backend: str) -> dict[str, str]:
    """Environment variables of the workers, set before any library is loaded there."""
    variables = {f"{library}_NUM_THREADS": "1" for library in THREADS}
    # Mesa's software renderer would start a thread per processor in every worker; 0 draws in the caller's.
    variables |= {"LP_NUM_THREADS": "0", "OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}
    if backend:
        variables |= {"MUJOCO_GL": backend, "PYOPENGL_PLATFORM": backend}
    passed = ("HARNESS_ANY_MUJOCO", "LIBERO_ASSETS", "HF_HOME", "HF_HUB_OFFLINE")
    return variables | {name: os.environ[name] for name in passed if name in os.environ}


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _short_temp() -> str:
    """A directory with a short name: a socket's path may have 107 bytes, and Ray adds about 60."""
    return "/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir()
