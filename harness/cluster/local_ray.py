"""Ray on this machine, for one driver: started in the background, gone with it."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from harness.cluster import preflight
from harness.cluster.guard import Guard
from harness.cluster.ray_common import QUIET, one_line
from harness.cluster.ray_start import complaint, dead
from harness.cluster.tempdirs import Scratch
from harness.cluster.worker_environment import environment
from harness.core.errors import UserError

# Ray reads them when it is imported. Only this driver and its workers may talk to this Ray.
# With one node only (the variable is asked on Linux, too) it binds every port to loopback.
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))

LOOPBACK = "127.0.0.1"

OBJECT_STORE_BYTES = 80 * 2**20
"""Jobs and results are small; Ray accepts no less than 75 MiB."""

START_TRIES = 3
"""Ray gives its own processes 15 to 30 s to start, which is not enough on a busy machine."""

STARTING_S = 1.0
"""Time for the start of a Ray to notice that its processes were ended."""

LOOK_EVERY_S, DEAD_LOOKS = 0.5, 3
"""How often a Ray that starts is looked at, and how often in a row a process of it must be dead."""

PROBE_S = 60.0

BUSY = "where the machine is busy, stop other programs and give the same command again"


@contextmanager
def taken_port() -> Iterator[int]:
    """A port on loopback that nobody else gets.

    Without a dashboard Ray still starts a process in its place that reports usage, and waits for it for up to
    two seconds; where its port is taken, Ray goes on without.
    """
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


class LocalRay:
    """Ray on this machine, with its files in a scratch directory; to be closed."""

    address = ""

    def __init__(self, workers: int, backend: str) -> None:
        """Begin to start it, for so many workers; `backend` is the value of MUJOCO_GL.

        Ray's processes and so the workers inherit this process's environment, which has the variables of
        `worker_environment` until Ray has started. Raises UserError where this machine lacks what Ray needs.
        """
        preflight.check()
        import ray as ray  # here, or it competes with the reading of records for the interpreter

        self._workers = workers
        self._variables = environment(backend, shared=True)
        self._begin()

    def _begin(self) -> None:
        self._scratch = Scratch("ray-", secrets.token_hex(3))
        self._guard = Guard(self._scratch.path)
        self._own = {name: os.environ.get(name) for name in self._variables}
        os.environ.update(self._variables)
        self.hung: Path | None = self._scratch.path / "hung"
        self._said = ""
        self._started: Future[None] = Future()
        self._closed = threading.Event()
        threading.Thread(target=self._keep, args=(self._closed, self._started), daemon=True).start()

    def _keep(self, closed: threading.Event, started: Future[None]) -> None:
        """Start Ray, and live as long: the kernel ends Ray's processes with the thread that started them."""
        try:
            self._start(closed)
            started.set_result(None)
        except BaseException as error:
            started.set_exception(error)
        closed.wait()

    def _start(self, closed: threading.Event) -> None:
        import ray

        folder = self._scratch.path / "ray"
        for attempt in range(START_TRIES):
            try:
                with taken_port() as port:
                    ray.init(
                        "local",  # never one that RAY_ADDRESS names
                        num_cpus=self._workers,
                        object_store_memory=OBJECT_STORE_BYTES,
                        include_dashboard=False,
                        dashboard_host=LOOPBACK,
                        dashboard_port=port,
                        _temp_dir=str(folder),
                        **QUIET | {"logging_level": "critical"},  # no word of the dashboard that is missing
                    )
                return
            except Exception:
                self._said = complaint(folder) or self._said
                ray.shutdown()
                shutil.rmtree(folder, ignore_errors=True)
                if attempt == START_TRIES - 1 or closed.is_set():
                    raise

    def connect(self) -> None:
        """Wait until this process is Ray's driver. Raises UserError where Ray does not start."""
        import ray

        if self._started.done() and not self._started.exception() and not ray.is_initialized():
            self.restart()  # the pool before has shut it down
        try:
            self._wait()
        except Exception as error:
            raise UserError(f"Ray does not start: {self._said or one_line(error)}; {BUSY}") from None

    def _wait(self) -> None:
        try:
            seen = 0
            while not wait([self._started], timeout=LOOK_EVERY_S).done:
                seen = seen + 1 if (name := dead()) else 0
                if seen == DEAD_LOOKS:  # not one that Ray itself is ending
                    said = complaint(self._scratch.path / "ray")
                    raise RuntimeError(f"its {name} ended" + (f" ({said})" if said else ""))
            self._started.result()
        finally:
            self._restore()

    def _restore(self) -> None:
        """Give the driver its own environment back."""
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

        if self._started.done():
            ray.shutdown()
        self._closed.set()
        self._guard.release()  # of a Ray that is still starting it ends what is there
        with suppress(Exception):
            self._started.result(timeout=STARTING_S)
        self._restore()
        with suppress(FileNotFoundError):  # the guard was faster
            self._scratch.remove()
