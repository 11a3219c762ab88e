"""Reading .npz files that anybody may have made: no code is run, no memory is taken on a header's word."""

from __future__ import annotations

import io
import math
import os
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import IO, cast

import numpy as np

MOST_BYTES = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
"""Of all arrays of a file together: half of the machine's memory."""

MOST_DEFLATED = 1032
"""Bytes that deflate makes of one, at most (zlib's technical details)."""

MOST_DIMENSIONS = 8

KINDS = "biufSU"
"""Of the types of arrays: numbers and text; others could hold objects."""


def names(path: Path) -> list[str]:
    """Of the arrays in a file. Raises ValueError where it is no such file."""
    try:
        with _regular(path) as file, zipfile.ZipFile(file) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist()]
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        raise ValueError(_why(error)) from None


def read(path: Path, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """The arrays of a file by name, or those of the names `only` that are in it.

    Raises ValueError, which says why, for a file that is none, is damaged or incomplete, holds objects, or
    says that its arrays are larger than they can be.
    """
    try:
        with _regular(path) as file, zipfile.ZipFile(file) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            wanted = {name: info for name, info in members.items() if only is None or name in only}
            if sum(info.file_size for info in wanted.values()) > MOST_BYTES:
                raise ValueError("its arrays are larger than half of the memory of this machine")
            return {name: _array(archive, name, info) for name, info in wanted.items()}
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
        raise ValueError(_why(error)) from None


def _array(archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo) -> np.ndarray:
    if info.file_size > MOST_DEFLATED * max(1, info.compress_size):
        raise ValueError(f"array {name!r} says that it is larger than it can be")
    with archive.open(info) as file:
        version = np.lib.format.read_magic(file)
        reader = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if reader is None:
            raise ValueError(f"array {name!r} is of an unknown format")
        try:
            shape, fortran, dtype = reader(file)
        except (SyntaxError, RecursionError, MemoryError, TypeError, KeyError) as error:
            raise ValueError(f"array {name!r} has a damaged header ({type(error).__name__})") from None
        if dtype.kind not in KINDS or dtype.hasobject or len(shape) > MOST_DIMENSIONS:
            raise ValueError(f"array {name!r} holds something else than numbers or text")
        size = math.prod(shape) * dtype.itemsize
        if min(shape, default=0) < 0 or size != info.file_size - file.tell():
            raise ValueError(f"array {name!r} is not as large as its shape says")
        data = bytearray(size)
        taken = cast(io.BufferedIOBase, file).readinto(data)
        if taken != size or file.read(1):  # the last read compares the checksum
            raise ValueError(f"array {name!r} is cut off")
    return np.ndarray(shape, dtype, data, order="F" if fortran else "C")


def _regular(path: Path) -> IO[bytes]:
    """An open file; a pipe or a device is refused instead of waited for."""
    if path.exists() and not path.is_file():
        raise ValueError("it is no file")
    return path.open("rb")


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
