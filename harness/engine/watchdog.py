"""A worker that makes no progress ends itself and leaves a note of where it hung.

One that was stopped (SIGSTOP, a debugger) cannot: how long it has been silent is seen from outside.
"""

from __future__ import annotations

import faulthandler
import os
import re
import time
from pathlib import Path
from typing import IO

_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<name>\S+)', re.MULTILINE)


class Watchdog:
    """Ends this process after `seconds` without a call of `alive`; by a thread that needs no Python."""

    def __init__(self, folder: Path, seconds: float) -> None:
        """The stack of a process that hung is left in `folder`, under its process id."""
        self.seconds = seconds
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = (folder / str(os.getpid())).open("w")

    def alive(self) -> None:
        """Begin to wait, or wait anew."""
        os.utime(self._file.fileno())
        faulthandler.dump_traceback_later(self.seconds, exit=True, file=self._file)

    def rest(self) -> None:
        """Wait no longer: there is nothing to do."""
        faulthandler.cancel_dump_traceback_later()


def silent_s(folder: Path, pid: int) -> float:
    """Seconds since the process was last known to be alive; infinite where it never was."""
    try:
        return time.time() - (folder / str(pid)).stat().st_mtime
    except OSError:
        return float("inf")


def last_word(folder: Path, pid: int) -> str:
    """Where the process hung, as `policy.py:57 in act < rollout.py:48 in run`; empty if it did not."""
    try:
        stack = (folder / str(pid)).read_text()
    except OSError:
        return ""
    # The thread that ran the job is the one with the project's own frames, or else the last one.
    thread = max(stack.split("\n\n"), key=lambda part: part.count("/harness/"))
    frames = (found.groupdict() for found in _FRAME.finditer(thread))
    places = [f"{Path(frame['file']).name}:{frame['line']} in {frame['name']}" for frame in frames]
    return " < ".join(places[:3])
