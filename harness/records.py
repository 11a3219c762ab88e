"""Append-only records: one JSON line an event, on disk before the next one starts."""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from harness.types import UserError


class Journal:
    """A JSONL file that survives being killed while a line is written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one line and wait until the disk has it."""
        line = json.dumps(plain(row), allow_nan=False) + "\n"
        with self.path.open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())

    def repair(self) -> None:
        """Cut off a last line that has no end: its event counts as not having happened."""
        if not self.path.exists():
            return
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            with self.path.open("r+b") as file:
                file.truncate(whole)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every whole line. Raises UserError with the line number where a line is not JSON."""
        if not self.path.exists():
            return
        for number, line in enumerate(self.path.read_bytes().split(b"\n")[:-1], start=1):
            try:
                yield json.loads(line)
            except ValueError:
                raise UserError(
                    f"{self.path}, line {number} is not JSON; delete that line to go on"
                ) from None


class DirectoryLock:
    """One driver per run directory; the kernel frees the lock when its process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        self._file = (directory / ".lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
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
