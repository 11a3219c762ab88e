"""Large arrays of a compiled model in memory that processes share: textures, meshes, trees of boxes.

Every worker compiles to the same bytes, and a task of LIBERO has 270 MB of them. They are written to a file
once, and the pages of memory that hold them are replaced by pages of that file: equal bytes, which the system
keeps once for all processes and may drop when memory is short. What is written to an array afterwards stays
private to the process (`MAP_PRIVATE`).
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from contextlib import suppress
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from harness.core.files import is_own, whole_file

Bytes = NDArray[np.uint8]

NAMES = (
    *("tex_data", "mesh_vert", "mesh_normal", "mesh_texcoord", "mesh_face", "mesh_facenormal"),
    *("mesh_facetexcoord", "mesh_graph", "mesh_polyvert", "mesh_polynormal", "mesh_polymap"),
    *("mesh_polymapadr", "mesh_polymapnum", "mesh_polyvertadr", "mesh_polyvertnum"),
    *("bvh_aabb", "bvh_child", "bvh_depth", "bvh_nodeid"),
)
"""Arrays of MjModel that grow with meshes and textures."""
LEAST_BYTES = 2**18
LEAST_MODEL_BYTES = 2**25 + 2**20
"""Above 32 MiB (DEFAULT_MMAP_THRESHOLD_MAX in glibc's malloc.c), memory is a mapping of its own and unmapped
as a whole when it is freed. Pages of a smaller model would stay in the heap, mapped."""
MAP_FIXED = 0x10
"""Linux: replace what is mapped there. Not in Python's `mmap`, which chooses addresses itself."""


def share(model: mujoco.MjModel, path: Path) -> bool:
    """Let `model` use the pages of the file at `path`, which is made where it is missing or not the same.

    False where that cannot be done (another system, a small model, a full disk): the model stays as it is.
    """
    arrays = [_bytes(getattr(model, name)) for name in NAMES]
    arrays = [array for array in arrays if array.nbytes >= LEAST_BYTES]
    if sys.platform != "linux" or model.nbuffer < LEAST_MODEL_BYTES or not arrays:
        return False
    with suppress(OSError):
        if not _holds(path, arrays):
            _write(path, arrays)
        _map(path, arrays)
        path.touch()  # tells what makes room in the folder that it is in use
        return True
    return False


def _bytes(array: NDArray[np.generic]) -> Bytes:
    return array.reshape(-1).view(np.uint8)


def _slots(arrays: list[Bytes]) -> list[int]:
    """Where in the file each array begins: as far into a page as it lies in memory."""
    slots, end = [], 0
    for array in arrays:
        slots.append(end + array.ctypes.data % mmap.PAGESIZE)
        end = _whole_pages(slots[-1] + array.nbytes)
    return slots


def _whole_pages(size: int) -> int:
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


def _holds(path: Path, arrays: list[Bytes]) -> bool:
    """Whether the file is one that only this user can have written, with exactly these bytes."""
    with suppress(FileNotFoundError):
        slots = _slots(arrays)
        if is_own(path) and path.stat().st_size == _whole_pages(slots[-1] + arrays[-1].nbytes):
            kept = np.memmap(path, mode="r")
            pairs = zip(slots, arrays, strict=True)
            return all(np.array_equal(kept[slot : slot + array.nbytes], array) for slot, array in pairs)
    return False


def _write(path: Path, arrays: list[Bytes]) -> None:
    with whole_file(path) as partial:
        with partial.open("wb") as file:
            for slot, array in zip(_slots(arrays), arrays, strict=True):
                file.seek(slot)
                file.write(array.data)
            file.truncate(_whole_pages(file.tell()))
        for place, mode in ((partial, 0o600), (path.parent, 0o700)):
            place.chmod(mode)


def _map(path: Path, arrays: list[Bytes]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    integer = ctypes.c_int
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, integer, integer, integer, ctypes.c_long)
    with path.open("rb") as file:
        for slot, array in zip(_slots(arrays), arrays, strict=True):
            address, page = array.ctypes.data, mmap.PAGESIZE
            skipped = -address % page  # the first page begins with what belongs to others
            size = (array.nbytes - skipped) // page * page
            protection, flags = mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | MAP_FIXED
            offset = slot + skipped
            if size > 0:
                at = libc.mmap(address + skipped, size, protection, flags, file.fileno(), offset)
                if at != address + skipped:  # what had been there may be gone: the model is of no use
                    reason = os.strerror(ctypes.get_errno())
                    raise MemoryError(f"pages of {path} cannot be mapped: {reason}")
