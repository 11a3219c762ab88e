"""Checks that cost nothing and come before everything else: OpenGL library and MuJoCo version."""

from __future__ import annotations

import ctypes
import os
from importlib import metadata

from harness.types import UserError

MUJOCO = "3.3.2"
"""From 3.3.3 rendering differs (LIBERO issue 88); from 3.4.0 contacts do too (lerobot issue 4390)."""

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


def check_mujoco(any_version: bool) -> str:
    """The installed MuJoCo's version; raises UserError when published results cannot be met with it."""
    try:
        version = metadata.version("mujoco")
    except metadata.PackageNotFoundError:
        version = "none"
    if version != MUJOCO and not any_version:
        raise UserError(
            f"mujoco {version} is installed, but results are comparable on {MUJOCO} only; "
            f"pip install mujoco=={MUJOCO}, or pass --any-mujoco"
        )
    return version


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
