"""How much a variation changed, and whether that is what its level promises."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from benchmarks.episode.edit import Array, Edit, Images
from benchmarks.episode.episode_variations import Part

VISIBLE = 0.02
"""Mean change of the first images, in steps of 255, above which a change of the pixels counts as visible."""

ROUNDING = 1e-9
"""The same of everything else."""


@dataclass(frozen=True)
class Snapshot:
    """What an episode is at one moment, as far as variations change it."""

    state: Array
    """Flat state of the simulation (time, qpos, qvel)."""
    instruction: str
    interferences: int
    """How many times a step actions are changed or the scene is touched."""
    relative_change: float
    """Largest change of any edited number of the model, relative to the largest original of its array."""


def snapshot(edit: Edit) -> Snapshot:
    """An episode as it stands now."""
    interferences = len(edit.on_action) + len(edit.on_step)
    changes = [0.0]
    for name, original in edit.originals.items():
        if not name.startswith("texture "):
            scale = max(float(np.abs(original).max()), 1e-9)
            live = attrgetter(name)(edit.sim.model)
            changes.append(float(np.abs(live - original).max()) / scale)
    return Snapshot(edit.sim.state(), edit.instruction, interferences, max(changes))


def size(what: str, before: Snapshot, after: Snapshot, images: tuple[Images | None, Images | None]) -> float:
    """How much `what` changed between two moments, of which the pixels are `images` where they are needed.

    Images in steps of 255, prompts in shares of words, physics in relative size (or by how many times a step
    it is interfered with), states in m and rad.
    """
    if what == "pixels" and images[0] is not None and images[1] is not None:
        return difference(images[0], images[1])
    if what == "prompt":
        return words_changed(before.instruction, after.instruction)
    if what == "physics":
        edited = after.relative_change - before.relative_change
        return edited if edited > 0 else float(after.interferences - before.interferences)
    return float(np.abs(after.state - before.state).max())


def check(part: Part, amount: float) -> None:
    """Raise RuntimeError where a level above 0 changed nothing, or level 0 something."""
    name, level, what = part.name, part.level, part.variation.changes
    threshold = VISIBLE if what == "pixels" else ROUNDING
    if level and amount < threshold:
        raise RuntimeError(f"{name} at level {level} changed nothing ({what} by {amount:.2g})")
    if not level and amount > 0:
        raise RuntimeError(f"{name} at level 0 changed the {what} by {amount:.2g}")


def difference(one: Images, two: Images) -> float:
    """Mean absolute difference of two pairs of images, in steps of 255."""
    pairs = zip(one, two, strict=True)
    return float(np.mean([np.abs(a.astype(np.int16) - b.astype(np.int16)).mean() for a, b in pairs]))


def words_changed(one: str, two: str) -> float:
    """Share of the words of the longer text that are not at the same place in both."""
    first, second = one.split(), two.split()
    same = sum(a == b for a, b in zip(first, second, strict=False))
    return 1.0 - same / max(len(first), len(second), 1)
