"""Temporary directories that outlive nobody: a killed process's are removed by the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

LOCK = ".lock"


class Scratch:
    """A directory that its processes hold a shared lock on; who finds it without one may remove it."""

    def __init__(self, prefix: str, name: str) -> None:
        """Make or join `<prefix><name>` in the place for temporary files, and sweep what others left."""
        root = short_temp()
        sweep(root, prefix)
        self.path = root / f"{prefix}{name}"
        self._lock = self._hold()

    def _hold(self) -> IO[str]:
        while True:
            self.path.mkdir(mode=0o700, exist_ok=True)
            lock = (self.path / LOCK).open("a")
            fcntl.flock(lock, fcntl.LOCK_SH)
            if (self.path / LOCK).exists():  # or a sweep was faster
                return lock
            lock.close()

    def remove(self) -> None:
        """Delete everything in it."""
        clear(self.path)
        self._lock.close()


def sweep(root: Path, prefix: str) -> None:
    """Remove the directories of processes that are gone."""
    for lock in root.glob(f"{prefix}*/{LOCK}"):
        try:
            with lock.open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                clear(lock.parent)
        except OSError:
            continue  # in use, somebody else's, or gone already


def clear(folder: Path) -> None:
    """Delete a scratch directory; while processes that are ending still write to it, its lock file stays, so
    that the next sweep finds it."""
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != LOCK:
            entry.unlink(missing_ok=True)
    (folder / LOCK).unlink(missing_ok=True)
    try:
        folder.rmdir()
    except OSError:
        (folder / LOCK).touch()


def short_temp() -> Path:
    """A directory with a short name: a socket's path may have 107 bytes, and Ray adds about 60."""
    return Path("/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir())
