"""Which code made a demonstration."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

ROOMS = ("experts", "data", "sim")
"""Folders of benchmarks whose code decides what a demonstration contains."""


@cache
def expert_version() -> str:
    """Digest [12 hex digits] of the source that makes demonstrations: those of other code are not reused."""
    benchmarks = Path(__file__).parents[1]
    files = [file for room in ROOMS for file in sorted((benchmarks / room).glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
