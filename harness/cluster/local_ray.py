"""Ray on this machine, for one driver: started in the background, gone with it."""

from __future__ import annotations

import os
import secrets
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.cluster.guard import Guard
from harness.cluster.ray_common import QUIET, one_line
from harness.cluster.tempdirs import Scratch
from harness.cluster.worker_environment import environment
from harness.core.errors import UserError

# Ray reads them when it is imported. Only this driver and its workers may talk to this Ray.
os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))

OBJECT_STORE_BYTES = 80 * 2**20
"""Jobs and results are small; Ray accepts no less than 75 MiB."""

START_TRIES = 3
"""Ray gives its own processes 15 to 30 s to start, which is not enough on a busy machine."""

PROBE_S = 60.0

BUSY = "where the machine is busy, stop other programs and give the same command again"


class LocalRay:
    """Ray on this machine, with its files in a scratch directory; to be closed."""

    address = ""

    def __init__(self, workers: int, backend: str) -> None:
        """Begin to start it, for so many workers; `backend` is the value of MUJOCO_GL.

        Ray's processes and so the workers inherit this process's environment, which has the variables of
        `worker_environment` until Ray has started.
        """
        self._workers = workers
        self._variables = environment(backend, shared=True)
        self._begin()

    def _begin(self) -> None:
        self._scratch = Scratch("ray-", secrets.token_hex(4))
        self._guard = Guard(self._scratch.path)
        self._own = {name: os.environ.get(name) for name in self._variables}
        os.environ.update(self._variables)
        self.hung: Path | None = self._scratch.path / "hung"
        # The kernel ends Ray's processes with the thread that started them: the executor keeps it.
        self._thread = ThreadPoolExecutor(1)
        self._started: Future[None] = self._thread.submit(self._start)

    def _start(self) -> None:
        import ray

        folder = self._scratch.path / "ray"
        for attempt in range(START_TRIES):
            try:
                ray.init(
                    "local",  # never one that RAY_ADDRESS names
                    num_cpus=self._workers,
                    object_store_memory=OBJECT_STORE_BYTES,
                    include_dashboard=False,
                    _temp_dir=str(folder),
                    **QUIET,
                )
                return
            except Exception:
                ray.shutdown()
                shutil.rmtree(folder, ignore_errors=True)
                if attempt == START_TRIES - 1:
                    raise

    def connect(self) -> None:
        """Wait until this process is Ray's driver. Raises UserError where Ray does not start."""
        try:
            self._wait()
        except Exception as error:
            raise UserError(f"Ray does not start: {one_line(error)}; {BUSY}") from None

    def _wait(self) -> None:
        try:
            self._started.result()
        finally:
            for name, value in self._own.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    def probe(self) -> None:
        """Have a worker answer; raises UserError where none does."""
        import ray

        answer: Any = ray.remote(lambda: True)
        try:
            ray.get(answer.remote(), timeout=PROBE_S)
        except ray.exceptions.RayError as error:
            raise UserError(f"no worker of Ray answers: {one_line(error)}; {BUSY}") from None

    def restart(self) -> None:
        """Begin anew."""
        self.close()
        self._begin()

    def close(self) -> None:
        """Stop Ray, and leave no process and no files behind."""
        import ray

        with suppress(Exception):
            self._wait()
        ray.shutdown()
        self._thread.shutdown()
        self._guard.release()
        with suppress(FileNotFoundError):  # the guard was faster
            self._scratch.remove()
