"""What comes before everything else: an OpenGL library, and the environment in which libraries are loaded."""

from __future__ import annotations

import ctypes
import os

from harness.core.errors import UserError

CURE = "apt-get install -y libegl1 libopengl0 libgl1 libgl1-mesa-dri"

BACKENDS = {"egl": ("libEGL.so.1", "libOpenGL.so.0"), "osmesa": ("libOSMesa.so.8",), "glfw": ("libGL.so.1",)}
"""MUJOCO_GL value -> shared libraries that it opens."""


def rendering_backend() -> str:
    """The MUJOCO_GL value to use: what the environment asks for, else EGL, else OSMesa.

    Raises UserError whose text is the command that installs what is missing.
    """
    asked = os.environ.get("MUJOCO_GL", "").lower()
    for backend in [asked] if asked in BACKENDS else ["egl", "osmesa"]:
        if all(_loads(library) for library in BACKENDS[backend]):
            return backend
    raise UserError(CURE)


def use_backend() -> None:
    """Let this process draw without a display, unless it was told how; before MuJoCo is imported.

    Raises UserError as `rendering_backend`.
    """
    os.environ["MUJOCO_GL"] = rendering_backend()
    os.environ.setdefault("PYOPENGL_PLATFORM", os.environ["MUJOCO_GL"])


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
