"""Would other demonstrations have chosen the same heads? Selection repeated on redrawn demonstrations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.selection.problem import Problem, Selection
from baselines.selection.selectors._base import Selector
from harness.core.errors import UserError
from harness.core.overlap import jaccard

FEWEST = 4
"""Demonstrations from which halves can be drawn that still leave one out."""


def measure(
    selector: Selector, problem: Problem, whole: Selection, splits: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Repeat a selection on `splits` random halves of the demonstrations.

    Halves are drawn without replacement: copies of a demonstration would be each other's neighbours, or
    change what k means. Returns plain values: `episodes` in a half; `jaccard` between the heads of two
    halves and `jaccard_with_all` between those of a half and `whole`, means of intersection over union (by
    chance `Selection.overlap_by_chance`); `rank_correlation` between the scores of two halves (Spearman,
    mean over pairs); `frequency` [layers][heads], share of halves that chose a head, None for one that
    could not be chosen. Raises UserError for fewer than 4 demonstrations.
    """
    episodes = np.unique(problem.episode)
    if len(episodes) < FEWEST:
        raise UserError(
            f"{len(episodes)} demonstrations cannot be split; give at least {FEWEST}, or no "
            "--stability-splits"
        )
    size = len(episodes) // 2
    found = []
    for _ in range(splits):
        kept = rng.choice(episodes, size, replace=False)
        rows = np.flatnonzero(np.isin(problem.episode, kept))
        found.append(selector.choose(problem.subset(rows), rng))
    pairs = list(combinations(found, 2))
    counts = np.where(problem.mask, 0.0, np.nan)
    for selection in found:
        for head in selection.heads:
            counts[head] += 1
    frequency = counts / splits
    return {
        "splits": splits,
        "episodes": size,
        "jaccard": _mean([jaccard(one.heads, other.heads) for one, other in pairs]),
        "jaccard_with_all": _mean([jaccard(whole.heads, one.heads) for one in found]),
        "rank_correlation": _mean([rank_correlation(one.scores, other.scores) for one, other in pairs]),
        "frequency": [[None if np.isnan(value) else float(value) for value in row] for row in frequency],
    }


def rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Spearman correlation of two score maps over the heads that both have."""
    from scipy.stats import rankdata

    both = np.isfinite(one) & np.isfinite(other)
    ranks = [rankdata(scores[both]) for scores in (one, other)]
    if any(np.ptp(own) == 0 for own in ranks):
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else None
