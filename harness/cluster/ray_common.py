"""What all that talks to Ray has in common."""

from __future__ import annotations

import os
import socket
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")

QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
"""Options of `ray.init`: what workers print and what Ray has to say is no part of a command's output."""


CONNECT_S = 5.0


def answers(address: str) -> None:
    """Raises OSError where nothing listens at `host:port`, ValueError for another form.

    Ray itself would retry for minutes.
    """
    host, _, port = address.rpartition(":")
    socket.create_connection((host, int(port)), timeout=CONNECT_S).close()


def one_line(error: BaseException) -> str:
    """The beginning of what it says, without line breaks; of a worker's death, how it ended."""
    text = " ".join(str(error).split())
    return text[max(0, text.find("Worker exit type:")) :][:300]
