"""Apply the variations of an episode, one after the other, and say what they did."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.episode import effect
from benchmarks.episode.edit import Edit, Images
from benchmarks.episode.episode_variations import EpisodeVariations
from harness.core.rng import derive_rng


def apply(
    variations: EpisodeVariations, edit: Edit, look: Callable[[], Images], clean: Images | None
) -> dict[str, Any]:
    """Change a fresh episode; returns what its row says about that.

    `look` draws the first images, `clean` are those of the twin. Raises RuntimeError where a level above
    0 changed nothing, or level 0 something: the episode is an error then, never a failure.
    """
    notes: list[str] = []
    changed: list[float] = []
    milliseconds = 0.0
    for part in variations.parts:
        before = effect.snapshot(edit)
        start = time.perf_counter()
        if part.level:
            rng = derive_rng("variation", part.name, part.level, variations.twin_id)
            notes.append(part.variation.apply(edit, part.level, rng))
        milliseconds += 1000 * (time.perf_counter() - start)
        images = look() if part.variation.changes == "pixels" else None
        amount = effect.size(part.variation.changes, before, effect.snapshot(edit), (clean, images))
        effect.check(part, amount)
        clean = images or clean
        changed.append(amount)
    single = variations.parts[0] if len(variations.parts) == 1 else None
    fails = any(part.variation.expects == "failure" for part in variations.parts)
    return {
        "quantity": single.variation.quantities[single.level] if single else None,
        "unit": single.variation.unit if single else "",
        "changed": min(changed),
        "detail": "; ".join(note for note in notes if note),
        "expects": "failure" if fails else "success",
        "apply_ms": round(milliseconds, 3),
        "instruction": edit.instruction,
    }
