"""Weight files of checkpoints (safetensors): whether they are whole, what is in them, their hash."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from math import prod
from pathlib import Path

from safetensors import SafetensorError, safe_open

from harness.core.errors import UserError

Shapes = dict[str, tuple[int, ...]]


def shapes(path: Path) -> Shapes:
    """Tensor -> its shape, from the header of a file, which is compared with the file's length.

    Raises UserError where the file is cut off, or something else.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        why = getattr(error, "strerror", None) or error
        raise UserError(
            f"{path} is damaged or not whole ({why}); copy or download the checkpoint again"
        ) from None


def numbers(found: Shapes) -> int:
    """How many numbers all tensors have together."""
    return sum(prod(shape) for shape in found.values())


def sha256(paths: Iterable[Path]) -> str:
    """Hex digest of one file; of several, that of their names and digests."""
    found = {path.name: _sha256(path, *_version(path)) for path in paths}
    if len(found) == 1:
        return next(iter(found.values()))
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()


def _version(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


@functools.lru_cache(maxsize=64)
def _sha256(path: Path, size: int, modified_ns: int) -> str:
    """Of a file as it was then: hashing gigabytes takes a while, and a policy is described often."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
