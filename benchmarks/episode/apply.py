"""Apply the variations of an episode, see that they changed what they should, and take them back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from benchmarks.episode.edit import Edit, Images
from harness.core import registry
from harness.core.keys import EpisodeKey, Task
from harness.core.protocols import Variation
from harness.core.rng import derive_rng

if TYPE_CHECKING:
    from benchmarks.sim.compiled_task import Changes

SEEN = 0.02
"""Mean change of the first images, in steps of 255, above which a change of the pixels counts as seen."""


def changes_of(key: EpisodeKey, task: Task) -> Changes:
    """What this episode's variations need compiled otherwise; empty for the task's own model."""
    changes: dict[str, Any] = {}
    for name, level in key.parts:
        if level:
            changes |= registry.find("variation", name).rebuild(level, task, key.seed)
    return cast("Changes", changes)


def apply(edit: Edit, key: EpisodeKey, look: Callable[[], Images], clean: Images | None) -> dict[str, Any]:
    """Change a fresh episode as `key` says; returns what its row says about that.

    `look` draws the first images, `clean` are those of the twin. Raises RuntimeError where a level above
    0 changed nothing, or level 0 something: the episode is an error then, never a failure.
    """
    notes: list[str] = []
    changed: list[float] = []
    quantities: list[float] = []
    milliseconds = 0.0
    found: list[tuple[str, int, Variation]] = [
        (name, level, registry.find("variation", name)) for name, level in key.parts
    ]
    # What was compiled in is seen against the twin, everything else against the compiled model.
    found.sort(key=lambda item: not item[2].rebuild(item[1] or 1, edit.task, key.seed))
    for name, level, variation in found:
        before = _Before(edit, clean)
        start = time.perf_counter()
        if level:
            rng = derive_rng("variation", name, level, key.twin_id)
            notes.append(variation.apply(edit, level, rng))
        milliseconds += 1000 * (time.perf_counter() - start)
        seen = look() if variation.changes == "pixels" else None
        amount = before.change(variation.changes, seen)
        _check(name, level, amount, variation)
        clean = seen or clean
        changed.append(amount)
        quantities.append(variation.quantities[level])
    return {
        "quantity": quantities[0] if len(found) == 1 else None,
        "unit": found[0][2].unit if len(found) == 1 else "",
        "changed": min(changed),
        "detail": "; ".join(note for note in notes if note),
        "expects": "failure" if any(item[2].expects == "failure" for item in found) else "success",
        "apply_ms": round(milliseconds, 3),
        "instruction": edit.instruction,
    }


def pixel_parts(parts: tuple[tuple[str, int], ...]) -> bool:
    """Whether seeing that these variations worked needs images."""
    return any(registry.find("variation", name).changes == "pixels" for name, _ in parts)


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
    """What an episode looked like before one of its variations."""

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


def _check(name: str, level: int, amount: float, variation: Variation) -> None:
    if variation.changes == "task":
        return
    threshold = SEEN if variation.changes == "pixels" else 1e-9
    if level and amount < threshold:
        raise RuntimeError(f"{name} at level {level} changed nothing ({variation.changes} by {amount:.2g})")
    if not level and amount > 0:
        raise RuntimeError(f"{name} at level 0 changed the {variation.changes} by {amount:.2g}")
