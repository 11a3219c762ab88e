"""One driver per run directory."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import IO, Self

from harness.core.errors import UserError


class DirectoryLock:
    """One driver per run directory; the kernel frees the lock when its process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        self._file = (directory / ".lock").open("a+")
        if not _locked(self._file):
            self._file.seek(0)
            owner = self._file.read().strip() or "unknown"
            self._file.close()
            raise UserError(
                f"{directory} is in use by process {owner}; wait for it or choose another --out"
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let the next driver in."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _locked(file: IO[str]) -> bool:
    """Try for half a second: those who only look whether the lock is held take it for an instant."""
    for _ in range(5):
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.1)
    return False
