"""Where files are kept that outlive a command."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

CACHE = "HARNESS_CACHE"
"""Environment variable that names another folder for everything that can be made again."""


LOCK = Path(__file__).with_name("requirements.txt")
"""Versions of all packages with which results are made: the file of that name at the top of a checkout."""


def cache_dir() -> Path:
    """`$HARNESS_CACHE`, else the user's cache folder of this project."""
    return Path(os.environ.get(CACHE) or platformdirs.user_cache_dir("steering-benchmark"))


def runs_dir() -> Path:
    """Where run directories go by default: below the folder that the command was given in."""
    return Path.cwd() / "results" / "runs"
