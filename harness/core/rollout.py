"""How one episode ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rollout:
    """Outcome of one episode. `status` is success, failure or error: a crash is never a failure."""

    status: str
    steps: int
    wall_s: float
    env_s: float = 0.0
    policy_s: float = 0.0
    error: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
