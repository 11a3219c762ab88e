"""Apply the variations of an episode and check that they changed what they should."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from benchmarks.episode.edit import Edit, Images
from harness.core import registry
from harness.core.keys import EpisodeKey, Task
from harness.core.protocols import Variation
from harness.core.rng import derive_rng

if TYPE_CHECKING:
    from benchmarks.sim.compiled_task import Changes

VISIBLE = 0.02
"""Mean change of the first images, in steps of 255, above which a change of the pixels counts as visible."""

ROUNDING = 1e-9
"""The same of everything else."""


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

    def apply(self, edit: Edit, look: Callable[[], Images], clean: Images | None) -> dict[str, Any]:
        """Change a fresh episode; returns what its row says about that.

        `look` draws the first images, `clean` are those of the twin. Raises RuntimeError where a level above
        0 changed nothing, or level 0 something: the episode is an error then, never a failure.
        """
        notes: list[str] = []
        changed: list[float] = []
        milliseconds = 0.0
        for part in self.parts:
            before = _Before(edit, clean)
            start = time.perf_counter()
            if part.level:
                rng = derive_rng("variation", part.name, part.level, self.twin_id)
                notes.append(part.variation.apply(edit, part.level, rng))
            milliseconds += 1000 * (time.perf_counter() - start)
            images = look() if part.variation.changes == "pixels" else None
            amount = before.change(part.variation.changes, images)
            _check(part, amount)
            clean = images or clean
            changed.append(amount)
        single = self.parts[0] if len(self.parts) == 1 else None
        fails = any(part.variation.expects == "failure" for part in self.parts)
        return {
            "quantity": single.variation.quantities[single.level] if single else None,
            "unit": single.variation.unit if single else "",
            "changed": min(changed),
            "detail": "; ".join(note for note in notes if note),
            "expects": "failure" if fails else "success",
            "apply_ms": round(milliseconds, 3),
            "instruction": edit.instruction,
        }


def difference(one: Images, two: Images) -> float:
    """Mean absolute difference of two pairs of images, in steps of 255."""
    pairs = zip(one, two, strict=True)
    return float(np.mean([np.abs(a.astype(np.int16) - b.astype(np.int16)).mean() for a, b in pairs]))


def words_changed(one: str, two: str) -> float:
    """Share of the words of the longer text that are not at the same place in both."""
    first, second = one.split(), two.split()
    same = sum(a == b for a, b in zip(first, second, strict=False))
    return 1.0 - same / max(len(first), len(second), 1)


class _Before:
    """What an episode was before one of its variations."""

    def __init__(self, edit: Edit, images: Images | None) -> None:
        self.edit, self.images = edit, images
        self.state = edit.sim.state()
        self.prompt = edit.instruction
        self.hooks = self._hooks()
        self.relative = edit.relative_change()

    def _hooks(self) -> int:
        return len(self.edit.on_action) + len(self.edit.on_step)

    def change(self, what: str, images: Images | None) -> float:
        """How much `what` changed since: images in steps of 255, prompts in shares of words, physics in
        relative size (or by how many times a step it is interfered with), states in m and rad."""
        if what == "pixels" and images is not None and self.images is not None:
            return difference(self.images, images)
        if what == "prompt":
            return words_changed(self.prompt, self.edit.instruction)
        if what == "physics":
            edited = self.edit.relative_change() - self.relative
            return edited if edited > 0 else float(self._hooks() - self.hooks)
        return float(np.abs(self.edit.sim.state() - self.state).max())


def _check(part: Part, amount: float) -> None:
    name, level, what = part.name, part.level, part.variation.changes
    if what == "task":
        return
    threshold = VISIBLE if what == "pixels" else ROUNDING
    if level and amount < threshold:
        raise RuntimeError(f"{name} at level {level} changed nothing ({what} by {amount:.2g})")
    if not level and amount > 0:
        raise RuntimeError(f"{name} at level 0 changed the {what} by {amount:.2g}")
