"""On which of several GPUs OpenGL draws."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

DEVICE = "MUJOCO_EGL_DEVICE_ID"
CUDA_DEVICE_NV = 0x323A
"""Attribute of EGL's devices (extension EGL_NV_device_cuda): the number by which CUDA knows the device in
this process, so 0 is the first of CUDA_VISIBLE_DEVICES. EGL itself numbers all devices, in another order."""


@contextmanager
def beside_cuda(backend: str) -> Iterator[None]:
    """While inside, MuJoCo's EGL context is made on the GPU that the policy computes on, the first that CUDA
    sees; on EGL's first device where that cannot be told or MUJOCO_EGL_DEVICE_ID says otherwise.

    Nothing changes for another `backend` (a MUJOCO_GL value).
    """
    if backend != "egl" or DEVICE in os.environ:
        yield
        return
    from mujoco.egl import egl_ext

    numbers = cuda_numbers(egl_ext)
    if numbers.count(0) != 1:  # old drivers gave several devices the same number (375.39 did)
        yield
        return
    os.environ[DEVICE] = str(numbers.index(0))
    try:
        yield
    finally:
        del os.environ[DEVICE]  # robosuite compares it with the names in CUDA_VISIBLE_DEVICES


def cuda_numbers(egl: ModuleType) -> list[int | None]:
    """CUDA's number of every device of `egl` (mujoco.egl.egl_ext); None of devices that CUDA cannot use."""
    address = egl.eglGetProcAddress("eglQueryDeviceAttribEXT")
    if not address:
        return []
    pointer = ctypes.POINTER(ctypes.c_ssize_t)
    query = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_void_p, ctypes.c_int, pointer)(address)

    def number(device: Any) -> int | None:
        value = ctypes.c_ssize_t(-1)
        found = query(device.address, CUDA_DEVICE_NV, ctypes.byref(value))
        egl.eglGetError()  # MuJoCo would take this question's error for its own
        return value.value if found else None

    return [number(device) for device in egl.eglQueryDevicesEXT()]
