"""Writing files so that a kill or a full disk damages nothing."""

from __future__ import annotations

import contextlib
import errno
import grp
import math
import os
import pwd
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.errors import UserError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""No space, no quota, over the limit of a file's size, or a file system that became read-only."""


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; it takes `path`'s place when the context ends without an error.

    Readers see the old file or the new one, never a part. The folder is made where it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, and wait until the disk has it."""
    with whole_file(path) as partial:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        sync(partial)


def content(path: Path) -> bytes:
    """All of a file. Raises UserError for a folder, a pipe or a device, which may never end."""
    if not path.is_file():
        raise UserError(f"{path} is no file; put one in its place, or remove it")
    return path.read_bytes()


def is_own(path: Path) -> bool:
    """Whether nobody but this user and root can have written the file, or put it there. Raises OSError.

    Looks at the file, every folder above it and every link on the way.
    """
    return path.is_file() and all(_is_own(place.lstat()) for place in _way(path.absolute()))


MOST_LINKS = 40
"""On the way to a file, as in Linux."""


def _way(path: Path, links: int = 0) -> Iterator[Path]:
    """Everything that is passed on the way to a file, links and what they lead to included."""
    if links > MOST_LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    for place in (*reversed(path.parents), path):
        yield place
        if place.is_symlink():
            yield from _way(place.parent / place.readlink(), links + 1)


def _is_own(found: os.stat_result) -> bool:
    if found.st_uid not in (0, os.getuid()):
        return False
    if stat.S_ISLNK(found.st_mode):
        return True
    # Of a folder such as /tmp nobody can rename or remove what belongs to somebody else.
    others = found.st_mode & 0o002 and not (stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX)
    group = found.st_mode & 0o020 and not _is_private(found.st_gid)
    return not others and not (group and not found.st_mode & stat.S_ISVTX)


def _is_private(group: int) -> bool:
    """Whether a group is that of this user alone, as many systems make one for each."""
    try:
        user, members = pwd.getpwuid(os.getuid()), grp.getgrgid(group).gr_mem
    except KeyError:
        return False
    return group == user.pw_gid and set(members) <= {user.pw_name}


def check_file(path: Path, flag: str = "--out") -> None:
    """Raise UserError where no file can be written to `path`, before anything is computed for it."""
    if path.is_dir():
        raise UserError(f"cannot write {path}: it is a folder; choose another {flag}")
    _check_room(path, path.parent, flag)


def check_folder(path: Path, flag: str = "--out") -> None:
    """Raise UserError where no file can be written into the folder `path`, which is made."""
    _check_room(path, path, flag)


def _check_room(path: Path, folder: Path, flag: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; choose another {flag}") from None


def sync(path: Path) -> None:
    """Wait until the disk has what was written to a file, or the names in a directory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cannot_write(path: Path, error: OSError) -> UserError:
    """What to say about it."""
    return UserError(
        f"cannot write {path}: {error.strerror}; what was recorded is kept, make room and give the same "
        "command again"
    )


def disk_full(error: BaseException) -> bool:
    """Whether the disk is at fault. Libraries wrap the system's error, some keep only its text."""
    texts = [os.strerror(number) for number in FULL]
    return getattr(error, "errno", None) in FULL or any(text in str(error) for text in texts)


def plain(value: Any) -> Any:
    """`value` as JSON has it. Not-a-number and infinity become null: missing is never 0."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Path):
        return str(value)
    return value
