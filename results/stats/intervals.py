"""Confidence intervals at 95%: one rate, the difference of two paired rates."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95

Z95 = 1.959963984540054
"""Standard normal quantile of 97.5%."""

NOWHERE = (math.nan, math.nan)


def rate_interval(successes: int, count: int) -> tuple[float, float]:
    """Interval of a rate: Wilson's, and Clopper and Pearson's exact one where none or all succeeded.

    NaN without trials. Wilson's score interval is short near 0 and 1, where the exact one costs little.
    """
    return exact(successes, count) if successes in (0, count) else wilson(successes, count)


def wilson(successes: int, count: int) -> tuple[float, float]:
    """Wilson's score interval of a rate (1927, JASA 22:209); is 0 and 1 at the ends; NaN without trials."""
    if count == 0:
        return NOWHERE
    rate, z2 = successes / count, Z95**2
    centre = (successes + z2 / 2) / (count + z2)
    half = Z95 * math.sqrt(rate * (1 - rate) * count + z2 / 4) / (count + z2)
    return (centre - half if successes else 0.0), (centre + half if successes < count else 1.0)


def exact(successes: int, count: int) -> tuple[float, float]:
    """Clopper and Pearson's interval of a rate, exact at every count; NaN without trials."""
    from scipy.special import betaincinv

    if count == 0:
        return NOWHERE
    tail, failures = (1 - CONFIDENCE) / 2, count - successes
    low = float(betaincinv(successes, failures + 1, tail)) if successes else 0.0
    return low, float(betaincinv(successes + 1, failures, 1 - tail)) if failures else 1.0


def newcombe_interval(both: int, only_first: int, only_second: int, neither: int) -> tuple[float, float]:
    """Interval of the first rate minus the second, measured on the same scenes; NaN without any.

    Method 10 of Newcombe 1998, Statistics in Medicine 17:2635: the Wilson intervals of the two rates,
    joined by squares and corrected for the correlation of the pairs. Never leaves [-1, 1].
    """
    count = both + only_first + only_second + neither
    if count == 0:
        return NOWHERE
    first, second = (both + only_first) / count, (both + only_second) / count
    low1, high1 = wilson(both + only_first, count)
    low2, high2 = wilson(both + only_second, count)
    phi = _correlation(both, only_first, only_second, neither)
    below = _joined(first - low1, high2 - second, phi)
    above = _joined(high1 - first, second - low2, phi)
    return first - second - below, first - second + above


def bonett_price_interval(clean: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float]:
    """Interval of the first rate minus the second from paired outcomes (0 or 1, both [pairs]).

    Bonett and Price 2012, J. Educ. Behav. Stat. 37:479: a Wald interval with one more discordant pair on
    either side. Never leaves [-1, 1].
    """
    count = len(clean)
    lost = (float(((clean == 1) & (after == 0)).sum()) + 1) / (count + 2)
    won = (float(((clean == 0) & (after == 1)).sum()) + 1) / (count + 2)
    half = Z95 * math.sqrt(max(0.0, lost + won - (lost - won) ** 2) / (count + 2))
    return max(-1.0, lost - won - half), min(1.0, lost - won + half)


def _correlation(both: int, only_first: int, only_second: int, neither: int) -> float:
    """Of the pairs, with Newcombe's continuity correction towards 0."""
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if margins == 0:
        return 0.0
    excess = float(both * neither - only_first * only_second)
    if excess > 0:
        excess = max(0.0, excess - (both + only_first + only_second + neither) / 2)
    return float(excess / math.sqrt(margins))


def _joined(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2 * phi * one * other + other**2))
