"""How workers query a policy server: through Ray, with the adapter sent along where it is missing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayError, RayTaskError

from harness.cluster.ray_common import one_line
from harness.cluster.remote_worker import adapter_files
from harness.core.errors import DamagedFileError
from harness.core.keys import AdaptKey
from harness.core.protocols import Policy
from harness.engine.jobs import ServerLostError
from harness.engine.policy_server import remote_policies
from harness.study.study import Study


def ask(server: ActorHandle, run: Path | None, *request: Any) -> Any:
    """One request to the policy server; `run` has the adapter in case the server was not sent it yet."""
    try:
        try:
            return ray.get(server.act.remote(*request))
        except DamagedFileError:
            if run is None:
                raise
            files = {path.name: path.read_bytes() for path in adapter_files(run, request[0])}
            ray.get(server.install.remote(files))
            return ray.get(server.act.remote(*request))
    except RayTaskError as error:
        if isinstance(error.cause, DamagedFileError):
            raise error.cause from None  # Ray's own text is the server's traceback
        raise
    except RayError as error:
        raise ServerLostError(f"the policy server died: {one_line(error)}") from None


def served_policy(study: Study, server: ActorHandle, run: Path, key: AdaptKey) -> Policy:
    """A policy of `harness.engine.policy_server` for a worker whose adapters are in `run`."""
    return remote_policies(study, partial(ask, server, run))(key)
