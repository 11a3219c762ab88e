"""How one episode ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class VariationFacts:
    """What is known of the variation of an episode; columns of `harness.core.records.EpisodeRow`."""

    instruction: str
    """What the policy was told."""
    quantity: float | None = None
    """The physical quantity at the level; None for a combination."""
    unit: str = ""
    changed: float | None = None
    """By how much it was seen to work, the least of a combination."""
    detail: str = ""
    expects: str = "success"
    """`failure` where a policy that heeds its instruction does not reach the old goal."""
    apply_ms: float | None = None
    rebuild_s: float | None = None


@dataclass(frozen=True)
class Rollout:
    """One episode. `status` is success, failure or error: a crash is never a failure."""

    status: str
    steps: int
    """Control steps after settling."""
    wall_s: float
    env_s: float = 0.0
    policy_s: float = 0.0
    error: str = ""
    """One line; of a success or failure why it was not filmed."""
    cpu_s: float | None = None
    """Of the worker; None where no worker survived."""
    engine: str | None = None
    """What really stepped the physics; None where no worker survived."""
    device: str | None = None
    """What computed the policy."""
    gl_renderer: str | None = None
    """What drew the images."""
    variation: VariationFacts | None = None
