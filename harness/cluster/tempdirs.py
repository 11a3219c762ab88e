"""Temporary directories that outlive nobody: a killed process's are removed by the next one.

All are in one folder that only this user can enter, and nothing is swept but what has the marker below: a run
directory may have any name and lie anywhere.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from harness.core.errors import UserError

MARKER = ".harness-scratch"
"""The file that says what a directory is; its processes hold a shared lock on it."""


class Scratch:
    """A directory whose marker its processes hold a lock on; who finds it without one may remove it."""

    def __init__(self, prefix: str, name: str) -> None:
        """Make or join `<prefix><name>` in this user's folder, and sweep what others left.

        Raises UserError where that folder is somebody else's.
        """
        root = own_folder()
        sweep(root, prefix)
        self.path = root / f"{prefix}{name}"
        self._lock = self._hold()

    def _hold(self) -> IO[str]:
        while True:
            self.path.mkdir(mode=0o700, exist_ok=True)
            lock = (self.path / MARKER).open("a")
            fcntl.flock(lock, fcntl.LOCK_SH)
            if (self.path / MARKER).exists():  # or a sweep was faster
                return lock
            lock.close()

    def remove(self) -> None:
        """Delete everything in it."""
        clear(self.path)
        self._lock.close()


def own_folder(parent: Path | None = None) -> Path:
    """The folder of all scratch directories of this user, in the place for temporary files unless told.

    Raises UserError where it is a link, or belongs to or is open to another user.
    """
    folder = (parent or short_temp()) / f"harness-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise UserError(f"{folder} is not a directory of this user alone; remove it and try again")
    return folder


def sweep(root: Path, prefix: str) -> None:
    """Remove the scratch directories of processes that are gone; links are not followed."""
    for folder in root.glob(f"{prefix}*"):
        try:
            if not is_ours(folder, stat.S_ISDIR) or not is_ours(folder / MARKER, stat.S_ISREG):
                continue
            with open(os.open(folder / MARKER, os.O_WRONLY | os.O_NOFOLLOW), "w") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                clear(folder)
        except OSError:
            continue  # in use, or gone already


def is_ours(path: Path, kind: Callable[[int], bool]) -> bool:
    """Whether `path` itself, not what it links to, is of that kind and this user's. Raises OSError."""
    found = path.lstat()
    return kind(found.st_mode) and found.st_uid == os.getuid()


def clear(folder: Path) -> None:
    """Delete a scratch directory; while processes that are ending still write to it, its marker stays, so
    that the next sweep finds it."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != MARKER:
            entry.unlink(missing_ok=True)
    (folder / MARKER).unlink(missing_ok=True)
    try:
        folder.rmdir()
    except OSError:
        (folder / MARKER).touch()


def short_temp() -> Path:
    """A directory with a short name: a socket's path may have 107 bytes, and Ray adds about 65."""
    return Path("/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir())
