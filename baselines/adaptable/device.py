"""The device that computes, the precision it computes in, and the threads it takes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import torch

_BF16_SETS = (("avx512_bw", "avx512_vl", "avx512_dq"), ("avx_ne_convert", "avx_vnni_int8"), ("bf16",))
"""Instruction sets with which oneDNN multiplies bfloat16 matrices."""


def pick_device(device: str = "auto") -> torch.device:
    """`auto` is the GPU where there is one."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(device)


def device_name(device: str) -> str:
    """Model of the GPU, or `cpu`."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else "cpu"


def precision(device: torch.device) -> str:
    """What matrix products of training are computed in: bfloat16 or float32."""
    fast = torch.cuda.is_bf16_supported() if device.type == "cuda" else _cpu_has_bf16()
    return "bfloat16" if fast else "float32"


@contextlib.contextmanager
def training_precision(device: torch.device, exact: bool = False) -> Iterator[None]:
    """bfloat16 autocast where the device computes in it, single precision elsewhere and if `exact`."""
    with torch.autocast(device.type, torch.bfloat16, enabled=not exact and precision(device) == "bfloat16"):
        yield


@contextlib.contextmanager
def threads() -> Iterator[None]:
    """One thread unless OMP_NUM_THREADS says otherwise: several processes share the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _cpu_has_bf16() -> bool:
    known = torch.cpu.get_capabilities()
    fast = any(all(known.get(name) for name in names) for names in _BF16_SETS)
    return bool(torch.backends.mkldnn.is_available() and fast)
