"""Where the time of a run's episodes went, so that a user knows whether to add CPUs or GPUs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LEADING = 2.0
"""One side is named as what limits a run where it takes this many times what the other does."""


def shares(rows: Iterable[Mapping[str, Any]]) -> tuple[float, float, float]:
    """Parts of the episodes' wall time: environment, policy (with waiting for it), everything else.

    Errors are left out; all zero where no episode was timed.
    """
    wall = env = policy = 0.0
    for row in rows:
        if row["status"] != "error" and row["wall_s"]:
            wall, env, policy = wall + row["wall_s"], env + row["env_s"], policy + row["policy_s"]
    return (env / wall, policy / wall, max(0.0, wall - env - policy) / wall) if wall else (0.0, 0.0, 0.0)


def text(rows: Iterable[Mapping[str, Any]]) -> str:
    """One line for people; empty where no episode was timed."""
    env, policy, rest = shares(rows)
    if not env + policy + rest:
        return ""
    advice = "both matter"
    if env > LEADING * policy:
        advice = "more CPUs help most"
    elif policy > LEADING * env:
        advice = "a faster policy helps most (a GPU, --inference server, fewer queries)"
    return f"time of episodes: environment {env:.0%}, policy {policy:.0%}, harness {rest:.1%}; {advice}"
