"""Which OpenGL draws without a display."""

from __future__ import annotations

import ctypes.util
import os


def backend() -> str:
    """MUJOCO_GL if set; else EGL (a GPU, or Mesa) where the library is there, else OSMesa."""
    return os.environ.get("MUJOCO_GL") or ("egl" if ctypes.util.find_library("EGL") else "osmesa")
