"""What a number of paired episodes could have shown: power of the exact McNemar test."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
POWER = 0.8
PRECISION = 5e-4
MOST_EXACT = 400
"""Pairs above which the normal approximation is used: the differences then lie under 0.3 points apart."""

Z_ALPHA = 1.959963984540054
"""Standard normal quantile of 1 - ALPHA / 2."""

TAIL = 1e-9
"""Probability of numbers of discordant pairs that the sums below leave out."""


def detectable(scenes: int, discordant: int) -> float:
    """Smallest true difference that this many pairs show at 5% in four of five repetitions, to 0.1 points.

    The share of discordant pairs is taken from those observed, pulled a little towards one half so that
    zero of few pairs does not pass for none at all; it is at least the difference itself. NaN where not
    even a difference of 1 is shown (fewer than six pairs).
    """
    chance = power if scenes <= MOST_EXACT else approximate_power
    if chance(scenes, 1.0, 1.0) < POWER:
        return math.nan
    share = (discordant + 1) / (scenes + 2)
    low, high = 0.0, 1.0
    while high - low > PRECISION:
        middle = (low + high) / 2
        low, high = (low, middle) if chance(scenes, share, middle) >= POWER else (middle, high)
    return high


def approximate_power(scenes: int, share: float, difference: float) -> float:
    """`power` by the normal distribution: Connor 1987, Biometrics 43:207."""
    share = max(share, difference)
    spread = math.sqrt(max(share - difference**2, 1e-12))
    z = (difference * math.sqrt(scenes) - Z_ALPHA * math.sqrt(share)) / spread
    return 0.5 * math.erfc(-z / math.sqrt(2))


def power(scenes: int, share: float, difference: float) -> float:
    """Probability that two-sided exact McNemar over `scenes` pairs rejects at 5%.

    A pair is discordant with probability max(share, difference); the first method then succeeds so often
    that the rates differ by `difference`.
    """
    from scipy.stats import binom

    share = max(share, difference)
    if scenes == 0 or share == 0.0:
        return 0.0
    counts = np.arange(int(binom.ppf(TAIL, scenes, share)), int(binom.isf(TAIL, scenes, share)) + 1)
    critical = _critical(counts)
    first = (1 + difference / share) / 2
    rejects = binom.cdf(critical, counts, first) + binom.sf(counts - critical - 1, counts, first)
    return float((binom.pmf(counts, scenes, share) * np.where(critical < 0, 0.0, rejects)).sum())


def _critical(counts: NDArray[np.int_]) -> NDArray[np.int_]:
    """Largest smaller part of each count that a sign test rejects at 5%; -1 where none is."""
    from scipy.stats import binom

    at = binom.ppf(ALPHA / 2, counts, 0.5).astype(int)
    return np.where(binom.cdf(at, counts, 0.5) <= ALPHA / 2, at, at - 1)
