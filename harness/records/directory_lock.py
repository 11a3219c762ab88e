"""One driver per run directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from harness.core.errors import UserError
from harness.core.run_paths import RunPaths

WAIT_S = 0.5
"""Those who only look whether the lock is held take it for an instant."""


class DirectoryLock:
    """One driver per run directory; the kernel frees the lock when its process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        """Raises UserError that names the process which holds it, OSError where it cannot be written."""
        path = RunPaths(directory).lock
        # A lock that the kernel does not free would outlive a killed driver: no soft lock.
        self._lock = FileLock(
            path, timeout=WAIT_S, fallback_to_soft=False, preserve_lock_file=True, on_acquired=_sign
        )
        try:
            self._lock.acquire()
        except Timeout:
            owner = path.read_text().strip() or "unknown"
            raise UserError(
                f"{directory} is in use by process {owner}; wait for it or choose another --out"
            ) from None

    def release(self) -> None:
        """Let the next driver in."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_locked(directory: Path) -> bool:
    """Whether a driver holds the lock; works on files that may only be read, and makes none."""
    try:
        with RunPaths(directory).lock.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _sign(descriptor: int) -> None:
    """Leave the process id in the lock file, for those who find it locked."""
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
