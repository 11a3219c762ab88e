"""How far two selections agree, and how far random ones would."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable


def jaccard(one: Collection[Hashable], other: Collection[Hashable]) -> float:
    """Size of the intersection over size of the union; 1 for two empty selections."""
    union = set(one) | set(other)
    return len(set(one) & set(other)) / len(union) if union else 1.0


def jaccard_by_chance(chosen: int, among: int) -> float:
    """Expected `jaccard` of two random draws of `chosen` out of `among`.

    The size of the intersection is hypergeometric; the expectation is summed exactly. 0 where nothing is
    chosen.
    """
    if not chosen:
        return 0.0
    draws = math.comb(among, chosen)
    shares = (
        math.comb(chosen, shared)
        * math.comb(among - chosen, chosen - shared)
        / draws
        * (shared / (2 * chosen - shared))
        for shared in range(chosen + 1)
    )
    return sum(shares)
