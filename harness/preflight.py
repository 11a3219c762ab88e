"""What comes before everything else: an OpenGL library, and the environment in which libraries are loaded."""

from __future__ import annotations

import ctypes
import os

from harness.types import ANY_MUJOCO, UserError

CURE = "apt-get install -y libegl1 libopengl0 libgl1 libgl1-mesa-dri"

BACKENDS = {"egl": ("libEGL.so.1", "libOpenGL.so.0"), "osmesa": ("libOSMesa.so.8",), "glfw": ("libGL.so.1",)}
"""MUJOCO_GL value -> shared libraries that it opens."""


THREADS = ("OMP", "MKL", "OPENBLAS", "NUMBA", "VECLIB", "NUMEXPR")
"""Libraries held to one thread a worker: the order of a sum, and so a result, depends on the number."""


def rendering_backend() -> str:
    """The MUJOCO_GL value to use: what the environment asks for, else EGL, else OSMesa.

    Raises UserError whose text is the command that installs what is missing.
    """
    asked = os.environ.get("MUJOCO_GL", "").lower()
    for backend in [asked] if asked in BACKENDS else ["egl", "osmesa"]:
        if all(_loads(library) for library in BACKENDS[backend]):
            return backend
    raise UserError(CURE)


def environment(backend: str, *, shared: bool) -> dict[str, str]:
    """Environment variables of the workers, set before any library is loaded there.

    Those that name directories go along where driver and workers share them.
    """
    variables = {f"{library}_NUM_THREADS": "1" for library in THREADS}
    # Mesa's software renderer would start a thread per processor in every worker; 0 draws in the caller's.
    variables |= {"LP_NUM_THREADS": "0", "OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}
    if backend:
        variables |= {"MUJOCO_GL": backend, "PYOPENGL_PLATFORM": backend}
    passed = (ANY_MUJOCO, "HF_HUB_OFFLINE", *(("LIBERO_ASSETS", "HF_HOME") if shared else ()))
    return variables | {name: os.environ[name] for name in passed if name in os.environ}


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
