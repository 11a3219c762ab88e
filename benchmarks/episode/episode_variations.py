"""Which variations an episode has, looked up once, and what they need compiled otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from harness.core import registry
from harness.core.keys import EpisodeKey, Task
from harness.core.protocols import Variation

if TYPE_CHECKING:
    from benchmarks.sim.compiled_task import Changes


@dataclass(frozen=True)
class Part:
    """One variation of an episode at its level."""

    name: str
    level: int
    variation: Variation
    compiled: Changes
    """What it needs compiled otherwise at this level, or at level 1 where this is 0; often nothing."""


class EpisodeVariations:
    """All variations of one episode, looked up once."""

    def __init__(self, key: EpisodeKey, task: Task) -> None:
        """Those that `key` names; none for a clean episode."""
        self.twin_id = key.twin_id
        parts = []
        for name, level in key.parts:
            variation: Variation = registry.find("variation", name)
            compiled = cast("Changes", variation.rebuild(level or 1, task, key.seed))
            parts.append(Part(name, level, variation, compiled))
        # What is compiled in is checked against the twin, everything else against the compiled model.
        self.parts = sorted(parts, key=lambda part: not part.compiled)
        changes: dict[str, Any] = {}
        for part in parts:
            if part.level:
                changes |= part.compiled
        self.changes = cast("Changes", changes)
        """What must be compiled otherwise; empty for the task's own model."""

    @property
    def needs_images(self) -> bool:
        """Whether checking that they worked needs images of the clean twin."""
        return any(part.variation.changes == "pixels" for part in self.parts)
