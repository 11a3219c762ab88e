"""One driver per run directory."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from harness.core.errors import UserError
from harness.core.run_paths import RunPaths
from harness.core.terminal import one_line

WAIT_S = 0.5
"""Those who only look whether the lock is held take it for an instant."""


class DirectoryLock:
    """One driver per run directory; the kernel frees the lock when its process ends, however it ends.

    Locked are the directory itself, which nobody can replace unnoticed, and a file in it that names the
    process: deleting that file lets no second driver in.
    """

    def __init__(self, directory: Path) -> None:
        """Raises UserError that names the process which holds it, OSError where it cannot be written."""
        path = RunPaths(directory).lock
        self._new = not path.exists()
        self._directory = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        if not _lock(self._directory):
            os.close(self._directory)
            raise _in_use(directory)
        # A lock that the kernel does not free would outlive a killed driver: no soft lock.
        self._lock = FileLock(
            path, timeout=WAIT_S, fallback_to_soft=False, preserve_lock_file=True, on_acquired=_sign
        )
        try:
            self._lock.acquire()
        except Timeout:
            os.close(self._directory)
            raise _in_use(directory) from None
        except BaseException:
            os.close(self._directory)
            raise

    def release(self, *, refused: bool = False) -> None:
        """Let the next driver in; one that was `refused` leaves no file behind that it made."""
        if refused and self._new:
            with contextlib.suppress(OSError):
                os.unlink(self._lock.lock_file)
        self._lock.release()
        if self._directory >= 0:
            os.close(self._directory)
            self._directory = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.release(refused=kind is not None and issubclass(kind, UserError))


def _lock(descriptor: int) -> bool:
    """Lock an open directory; False where another driver holds it."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        except OSError:  # network file systems lock no directories; the file in it is left
            return True
        else:
            return True


def _in_use(directory: Path) -> UserError:
    try:
        owner = one_line(RunPaths(directory).lock.read_text(), 20).strip()
    except (OSError, ValueError):
        owner = ""
    return UserError(
        f"{directory} is in use by process {owner or 'unknown'}; wait for it or choose another --out"
    )


def is_locked(directory: Path) -> bool:
    """Whether a driver holds the lock; works on files that may only be read, and makes none."""
    return any(_is_held(path) for path in (directory, RunPaths(directory).lock))


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # as in `_lock`
        return False
    finally:
        os.close(descriptor)
    return False


def _sign(descriptor: int) -> None:
    """Leave the process id in the lock file, for those who find it locked."""
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
