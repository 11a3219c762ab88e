"""Ends what is left of a local Ray when its driver is gone, however that ended.

A program of its own, which `Guard` starts: a driver that gets SIGKILL cannot clean up, and Ray's agents
would wait a minute for its head. Nothing of the project or of Ray is imported, so that it starts in
milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

PATIENCE_S = 5.0
"""Time for processes to end after SIGKILL; the kernel may be busy with their memory."""


class Guard:
    """A process that waits for this one to end or to call `release`."""

    def __init__(self, scratch: Path) -> None:
        """`scratch` is a directory that only one Ray uses."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(scratch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # Ctrl-C is not for it
        )

    def release(self) -> None:
        """Have it end what is left, and wait for that: this process is done with its Ray."""
        self._process.communicate()


def watch(scratch: Path) -> None:
    """Wait until the driver closes its end of the pipe, then clean up."""
    driver = os.getppid()
    sys.stdin.buffer.read()
    spared = {os.getpid(), driver}
    deadline = time.monotonic() + PATIENCE_S
    while (found := list(members(scratch, spared))) and time.monotonic() < deadline:
        for process in found:
            with contextlib.suppress(Exception):
                process.kill()  # psutil compares start times: never a process that got the id later
        time.sleep(0.02)
    shutil.rmtree(scratch, ignore_errors=True)


def members(scratch: Path, spared: set[int]) -> Iterator[psutil.Process]:
    """Processes of the Ray in `scratch`, and their children.

    They run Ray's programs or this Python, and name the directory on their command line or have a file open
    there: somebody who reads its logs with another program is left alone.
    """
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid not in spared and process.uids().real == os.getuid() and belongs(process, scratch):
                yield from (child for child in process.children(recursive=True) if child.pid not in spared)
                yield process


def belongs(process: psutil.Process, scratch: Path) -> bool:
    """Whether it is one of them. Raises psutil.Error where it ended meanwhile."""
    program = process.exe()
    if "/ray/" not in program and not os.path.samefile(program, sys.executable):
        return False
    inside = f"{scratch}/"
    named = any(inside in f"{argument}/" for argument in process.cmdline())
    return named or any(file.path.startswith(inside) for file in process.open_files())


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
