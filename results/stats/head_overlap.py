"""How often heads are chosen, and how far the choices of adaptations agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core.overlap import jaccard, jaccard_by_chance
from results.records.head_selections import HeadSelection


def frequency(selections: Sequence[HeadSelection]) -> NDArray[np.float64]:
    """Share of the selections that chose each head [layers, heads]."""
    counts = np.zeros(selections[0].scores.shape)
    for one in selections:
        for layer, head in one.heads:
            counts[layer, head] += 1
    return counts / len(selections)


def overlaps(selections: Sequence[HeadSelection]) -> NDArray[np.float64]:
    """Intersection over union of every two selections [selections, selections]."""
    return np.array([[jaccard(one.heads, other.heads) for other in selections] for one in selections])


def mean_overlap(table: NDArray[np.float64]) -> float:
    """Mean of `overlaps` over pairs; NaN for a single selection."""
    apart = table[~np.eye(len(table), dtype=bool)]
    return float(apart.mean()) if len(apart) else float("nan")


def overlap_by_chance(selections: Sequence[HeadSelection]) -> float:
    """Expected overlap of random choices of as many heads as the first selection made, among those ranked."""
    first = selections[0]
    return jaccard_by_chance(len(first.heads), max(first.ranked, len(first.heads)))
