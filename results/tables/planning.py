"""What a study could detect: of one design in words, of several beside their time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from harness.core.run_paths import RunPaths
from results.records import runs
from results.stats.design import POWER, Design, detectable
from results.stats.logit_normal import Moments, Spread
from results.stats.student import ALPHA
from results.stats.variance_components import adaptation_from_differences, components, spread
from results.tables.clean import Clean, clean
from results.tables.table import Table

ASSUMED = Spread()
"""Used where no records say how much adaptations differ."""


ESTIMATED = "estimated from the records there are"


def detection(design: Design, contrasts: int, run: Path) -> list[str]:
    """Lines of a plan: what `design` detects at the assumed spread, and at that of the records in `run`.

    `contrasts` are tested together, each at a level that is safe for Holm over all of them. Raises UserError
    where records are damaged.
    """
    shape = f"{design.tasks} x {design.seeds} x {design.episodes} (tasks, seeds, episodes)"
    if not design.df:
        return [f"detects nothing: {shape} gives no verdict; it takes 5 tasks, or two seeds"]
    level = ALPHA / max(1, contrasts)
    said = [_line(shape, design, ASSUMED, level, "assumed")]
    known = estimated(run)
    if known is not None:
        said.append(_line(shape, design, known, level, ESTIMATED))
    return said


def estimated(run: Path) -> Spread | None:
    """Spread over tasks, adaptations and scenes in the records of `run`; None where they do not tell it."""
    path = RunPaths(run).episodes
    if not path.exists() or not path.stat().st_size:
        return None
    records = runs.load([run])
    if not records.nominal["status"].isin(["success", "failure"]).any():
        return None
    found = _moments(clean(records))
    told = math.isfinite(found.adaptation) and 0 < found.rate < 1
    return spread(found) if told else None


def _moments(found: Clean) -> Moments:
    """Mean over methods. With one seed, adaptations are told from the differences between two methods."""
    parts = [components(found.episodes, method) for method in found.methods]
    rows = np.array([list(vars(part.moments).values()) for part in parts])
    known = np.isfinite(rows)
    means = np.where(known, rows, 0.0).sum(0) / np.where(known.any(0), known.sum(0), np.nan)
    pooled = Moments(*(float(mean) for mean in means))
    trained = found.methods[-2:]
    if math.isfinite(pooled.adaptation) or len(trained) < 2 or pooled.scene != pooled.scene:
        return pooled
    episodes = float(np.mean([part.episodes for part in parts]))
    luck = adaptation_from_differences(found.rates.difference(*trained), pooled, episodes)
    return Moments(pooled.rate, pooled.task, luck, pooled.scene, pooled.episode)


def _line(shape: str, design: Design, scatter: Spread, level: float, source: str) -> str:
    found = detectable(design, scatter, alpha=level)
    size = "no difference" if math.isnan(found) else f"a difference of {100 * found:.0f} points"
    return (
        f"{shape} detects {size} between two methods in {POWER:.0%} of studies, at a success of "
        f"{scatter.rate:.0%} and a spread over adaptations of {scatter.adaptation:.2f} logits ({source})"
    )


def designs(
    tasks: int,
    seeds: Sequence[int],
    episodes: Sequence[int],
    adaptation_s: float,
    episode_s: float,
    scatter: Spread = ASSUMED,
) -> Table:
    """One row a design of two methods: its time and the difference that it detects, the quickest first.

    `adaptation_s` and `episode_s` are seconds of one adaptation and of one episode, of any one kind. `best`
    marks the designs that detect more than all that take no longer.
    """
    rows = [
        {"tasks": tasks, "seeds": seed, "episodes": count, "study_hours": seed * tasks * 2 * each / 3600}
        | {"detectable": detectable(Design(tasks, seed, count), scatter)}
        for seed in seeds
        for count in episodes
        for each in [adaptation_s + count * episode_s]
    ]
    frame = (
        pd.DataFrame(rows).sort_values(["study_hours", "detectable"], kind="stable").reset_index(drop=True)
    )
    before = frame["detectable"].cummin().shift(fill_value=math.inf)
    frame["best"] = np.where(frame["detectable"] < before, "yes", "")
    title = (
        f"Designs of two methods at {adaptation_s:g} s an adaptation and {episode_s:g} s an episode, spread "
        f"over adaptations {scatter.adaptation:g} logits"
    )
    notes = (
        f"detectable: difference that is found in {POWER:.0%} of studies at 5%; best: detects more than "
        "every design that takes no longer",
    )
    return Table("designs", title, frame, notes)
