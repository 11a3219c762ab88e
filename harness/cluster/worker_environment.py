"""The environment in which workers load libraries."""

from __future__ import annotations

import os

from harness.core import registry
from harness.core.versions import ANY_MUJOCO

THREADS = ("OMP", "MKL", "OPENBLAS", "NUMBA", "VECLIB", "NUMEXPR")
"""Libraries held to one thread a worker: the order of a sum, and so a result, depends on the number."""


def environment(backend: str, *, shared: bool) -> dict[str, str]:
    """Environment variables of the workers, set before any library is loaded there.

    Those that name directories go along where driver and workers share them.
    """
    variables = {f"{library}_NUM_THREADS": "1" for library in THREADS}
    # Mesa's software renderer would start a thread per processor in every worker; 0 draws in the caller's.
    variables |= {"LP_NUM_THREADS": "0", "OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}
    if backend:
        variables |= {"MUJOCO_GL": backend, "PYOPENGL_PLATFORM": backend}
    passed = (ANY_MUJOCO, "HF_HUB_OFFLINE", *(("HF_HOME",) if shared else ()))
    variables |= registry.exported()
    return variables | {name: os.environ[name] for name in passed if name in os.environ}
