"""Where the time of a run's episodes went, so that a user knows whether to add CPUs or GPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LEADING = 2.0
"""One side is named as what limits a run where it takes this many times what the other does."""


def shares(episodes: pd.DataFrame) -> tuple[float, float, float]:
    """Parts of the episodes' wall time: environment, policy (with waiting for it), everything else.

    Errors and episodes without a time are left out; all zero where no episode was timed.
    """
    timed = episodes[(episodes["status"] != "error") & (episodes["wall_s"] > 0)]
    wall, env, policy = (float(timed[name].sum()) for name in ("wall_s", "env_s", "policy_s"))
    return (env / wall, policy / wall, max(0.0, wall - env - policy) / wall) if wall else (0.0, 0.0, 0.0)


def text(episodes: pd.DataFrame) -> str:
    """One line for people; empty where no episode was timed."""
    env, policy, rest = shares(episodes)
    if not env + policy + rest:
        return ""
    advice = "both matter"
    if env > LEADING * policy:
        advice = "more CPUs help most"
    elif policy > LEADING * env:
        advice = "a faster policy helps most (a GPU, --inference server, fewer queries)"
    return f"time of episodes: environment {env:.0%}, policy {policy:.0%}, harness {rest:.1%}; {advice}"
