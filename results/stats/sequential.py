"""Looking as often as one likes: an e-process and a confidence sequence of a mean over tasks, seed by seed.

Waudby-Smith and Ramdas 2024, JRSS B 86:1 (estimating means of bounded random variables by betting). Somebody
bets against the hypothesis that the mean over tasks is m or less. Under it the wealth E is a nonnegative
supermartingale, which ever reaches 1 / alpha with probability alpha at most (Ville), however often one looks.

Tasks are strata: the hypothesis is about the mean over tasks of m_1 to m_T, not about each. The bet of a seed
is the same for all its tasks, and the product over independent tasks has the expectation
prod_t (1 + bet (m_t - m)) <= (1 + bet (mean(m_t) - m))^T <= 1 by the inequality of arithmetic and geometric
means. So the wealth may be looked at after each seed that is complete, and not in between. It is the average
over a grid of bets (as in Cover's universal portfolio), so that nothing is tuned to the data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from results.stats.contrasts import points
from results.stats.student import ALPHA, Floats

BETS = np.array([0.1, 0.25, 0.5, *np.arange(75, 100, 3) / 100])
"""Shares of the largest bet that never goes bankrupt. Mostly large ones: rates of ten episodes or more
scatter so little within [-1, 1] that the best bet is near the largest. Small ones are for fewer episodes."""

PRECISION = 1e-9
"""Of the bounds of the confidence sequence, in rates."""


@dataclass(frozen=True)
class Look:
    """What is known after some complete seeds: it holds at all looks together with probability 1 - alpha."""

    seeds: int
    value: float
    """Mean over tasks and seeds; NaN before the first seed."""
    low: float
    high: float
    e_better: float
    """Evidence against `first is not better`; 1 at the start."""
    e_worse: float
    p: float
    """Valid at any look: two over the largest wealth of either side so far, for Holm over contrasts."""
    decision: str
    """In plain words; empty while nothing is decided. Once decided, later looks repeat the deciding one."""


def log_wealth(values: Floats, null: float = 0.0) -> Floats:
    """log E after each seed against the hypothesis that the mean over tasks is `null` or less.

    `values` [..., seeds, tasks] lie in [-1, 1], of complete seeds in the order in which they came;
    returns [..., seeds]. -1 < null <= 1.
    """
    gains = (np.asarray(values, dtype=np.float64) + 1) / (null + 1)
    total = np.zeros(gains.shape[:-1] + BETS.shape)
    for task in range(gains.shape[-1]):
        total += np.log1p(BETS * (gains[..., task, None] - 1))
    total = total.cumsum(-2)
    peak = total.max(-1)
    return peak + np.log(np.exp(total - peak[..., None]).mean(-1))


def sequence(values: Floats, alpha: float = ALPHA) -> tuple[Floats, Floats]:
    """Confidence sequence of the mean over tasks after each seed of `values` [seeds, tasks].

    Returns (low, high) [seeds] each. Either bound errs with probability alpha / 2 at most, over all looks
    together. Contains the mean so far.
    """
    values = np.asarray(values, dtype=np.float64)
    counts = range(1, len(values) + 1)
    low = [_lower(values[:count], alpha) for count in counts]
    high = [-_lower(-values[:count], alpha) for count in counts]
    return np.array(low), np.array(high)


def looks(
    values: Floats, pair: tuple[str, str], margin: float | None = None, alpha: float = ALPHA
) -> list[Look]:
    """One look after every complete seed of `values` [tasks, seeds], differences of `pair` in order of seeds.

    Decides for a difference, or with a `margin` whether the first is worse by less than that or by more. A
    seed that lacks a task, and those after it, wait: the look is taken when it is complete.
    """
    by_seed = complete(values)
    lows, highs = sequence(by_seed, alpha)
    better, worse = log_wealth(by_seed), log_wealth(-by_seed)
    largest = np.maximum.accumulate(np.maximum(better, worse)) if len(by_seed) else better
    found: list[Look] = []
    for at in range(len(by_seed)):
        if found and found[-1].decision:
            found.append(found[-1])
            continue
        low, high = float(lows[at]), float(highs[at])
        found.append(
            Look(
                seeds=at + 1,
                value=float(by_seed[: at + 1].mean()),
                low=low,
                high=high,
                e_better=_exp(better[at]),
                e_worse=_exp(worse[at]),
                p=min(1.0, 2 * math.exp(-largest[at])),
                decision=decide(pair, low, high, margin),
            )
        )
    return found


def complete(values: Floats) -> Floats:
    """[seeds, tasks] of `values` [tasks, seeds] up to the first seed that lacks a task that any seed has."""
    used = np.isfinite(values).any(axis=1)
    by_seed = np.asarray(values, dtype=np.float64)[used].T
    whole = np.isfinite(by_seed).all(axis=1) if used.any() else np.zeros(len(by_seed), dtype=bool)
    return by_seed[: np.cumprod(whole).sum()]


def decide(pair: tuple[str, str], low: float, high: float, margin: float | None = None) -> str:
    """What an interval of the difference decides, in plain words; empty where it decides nothing."""
    first, second = pair
    if margin is None:
        return f"{first} is better" if low > 0 else f"{second} is better" if high < 0 else ""
    if low > -margin:
        better = f"{first} is better" if low > 0 else f"{first} is not inferior within {points(margin)}"
        return better
    return f"{first} is worse by more than {points(margin)}" if high < -margin else ""


def _lower(values: Floats, alpha: float) -> float:
    """Largest hypothesis `mean <= m` that the wealth after `values` [seeds, tasks] rejects at alpha / 2."""
    from scipy.optimize import brentq

    threshold = math.log(2 / alpha)

    def short(null: float) -> float:
        """Wealth falls as the hypothesis grows, and is below 1 at the mean so far."""
        return float(log_wealth(values, null)[-1]) - threshold

    start, mean = -1 + PRECISION, float(values.mean())
    if mean <= start or short(start) <= 0:
        return -1.0
    return float(brentq(short, start, mean, xtol=PRECISION))


def _exp(logarithm: float) -> float:
    return math.exp(min(700.0, logarithm))
