"""What became of a Ray that is starting: whether it died, and what it said."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import psutil

VITAL = ("gcs_server", "raylet")
"""Ray's head and this machine's part of it; without one of them a start waits for half a minute in vain."""

COMPLAINT = re.compile(r"^\[[^\]]* [ECF] [^\]]*\] (?:\([^)]*\) )?(?:[\w.]+:\d+: )?(.*)", re.MULTILINE)
"""A line of Ray's logs that is an error, a failed check or fatal, and what it says."""


def dead() -> str:
    """Name of a vital process of this one's Ray that is no more; empty where all are well."""
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE and process.name() in VITAL:
                return process.name()
    return ""


def complaint(folder: Path) -> str:
    """What Ray's processes wrote last before they gave up, in one line; empty where nothing."""
    said = ""
    for name in VITAL:
        for log in sorted(folder.glob(f"session_2*/logs/{name}*")):
            with contextlib.suppress(OSError):
                found = COMPLAINT.findall(log.read_text(errors="replace"))
                said = " ".join(found[0].split())[:200] if found else said
    return said
