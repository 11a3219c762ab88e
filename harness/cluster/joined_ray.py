"""A running Ray cluster that a study joins and leaves as it is."""

from __future__ import annotations

import ray

from harness.cluster import remote_worker
from harness.cluster.ray_common import QUIET, answers, one_line
from harness.cluster.worker_environment import environment
from harness.core.errors import UserError


class JoinedRay:
    """Ray at an address; its nodes see none of the driver's files."""

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
            if ":" in address and "/" not in address:
                answers(address)
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
