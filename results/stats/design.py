"""What a design could detect, before it is run: power of the headline, and the best use of a given time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from harness.core.rng import derive_rng
from results.stats.headline import FEWEST_TASKS
from results.stats.logit_normal import Pair, Spread, pair
from results.stats.student import ALPHA, Floats, exceeded_by, over_tasks, within_tasks

POWER = 0.8

EPISODES = (5, 10, 15, 20, 25, 30, 40, 50)
"""Per adaptation, that `options` tries."""

MOST_SEEDS = 20

DRAWS = 10_000
"""Of the estimated error: a power of 80% is then known to 0.3 points."""

LARGEST = 0.9
"""Difference up to which a design is asked: beyond it rates are 0 or 1 and show no spread."""

MOST_LOGITS = 25.0


@dataclass(frozen=True)
class Design:
    """Of each method: tasks x seeds adaptations, of which every one is tried on so many episodes."""

    tasks: int
    seeds: int
    episodes: int

    @property
    def df(self) -> int:
        """Degrees of freedom of the headline where tasks scatter alike; 0 where it gives no verdict."""
        if self.seeds > 1:
            return self.tasks * (self.seeds - 1)
        return self.tasks - 1 if self.tasks >= FEWEST_TASKS else 0

    def error(self, pair: Pair) -> float:
        """Standard error of the difference of two methods that are compared on the same scenes, in rates."""
        cell = (pair.adaptation + max(0.0, pair.episode) / self.episodes) / self.seeds
        return math.sqrt((cell + (pair.task if self.seeds == 1 else 0.0)) / self.tasks)


@dataclass(frozen=True)
class Option:
    """A design that fits into a time."""

    design: Design
    seconds: float
    """Of all methods together."""
    detectable: float


def power(design: Design, spread: Spread, difference: float, alpha: float = ALPHA) -> float:
    """Probability that the headline finds a true `difference` of two methods, in rates.

    Right to 5 points, but where most tasks succeed nearly always: there, 80% may be 70% or 90%.
    Their mean rate is about `spread.rate`. 0 where the design gives no verdict, NaN where rates around that
    cannot differ so much.
    """
    effect = effect_of(spread, abs(difference))
    return math.nan if math.isnan(effect) else _power(design, pair(spread, effect), alpha)


def detectable(design: Design, spread: Spread, chance: float = POWER, alpha: float = ALPHA) -> float:
    """Smallest difference that the headline finds with probability `chance`, in rates.

    NaN where not even LARGEST is found so often. For k planned contrasts `alpha` / k is on the safe side of
    Holm.
    """
    from scipy.optimize import brentq

    most = effect_of(spread, LARGEST)

    def excess(effect: float) -> float:
        return _power(design, pair(spread, effect), alpha) - chance

    if math.isnan(most) or excess(most) < 0:
        return math.nan
    return pair(spread, float(brentq(excess, 0.0, most, xtol=1e-4))).difference


def effect_of(spread: Spread, difference: float) -> float:
    """Logits between two methods, each half of it from `spread.base`, whose rates differ by `difference`.

    NaN above LARGEST or where no such rates differ so much.
    """
    from scipy.optimize import brentq

    if difference > LARGEST or pair(spread, MOST_LOGITS).difference <= difference:
        return math.nan
    return float(brentq(lambda effect: pair(spread, effect).difference - difference, 0.0, MOST_LOGITS))


def _power(design: Design, found: Pair, alpha: float) -> float:
    """Normal values of mean `found.difference` over a standard error that is itself estimated."""
    from scipy.special import ndtr

    error = design.error(found)
    if not design.df or not error:
        return 0.0
    critical, shift = _critical(design.tasks, design.seeds, alpha), found.difference / error
    return float((ndtr(shift - critical) + ndtr(-critical - shift)).mean())


@cache
def _critical(tasks: int, seeds: int, alpha: float) -> Floats:
    """What a difference must reach, in true standard errors, for draws of the estimated one [DRAWS].

    The same draws at every call. Tasks scatter alike here; that the freedom of `within_tasks` is estimated,
    too, costs power with two seeds.
    """
    rng = derive_rng("critical values of the headline", tasks, seeds)
    values = rng.standard_normal((DRAWS, tasks, seeds))
    student = within_tasks(values) if seeds > 1 else over_tasks(values)
    return np.asarray(exceeded_by(alpha / 2, student.df) * student.error * math.sqrt(tasks * seeds))


def options(
    spread: Spread,
    tasks: int,
    seconds: float,
    adaptation_s: float,
    episode_s: float,
    methods: int = 2,
    episodes: Iterable[int] = EPISODES,
    alpha: float = ALPHA,
) -> list[Option]:
    """Designs on `tasks` tasks that take at most `seconds`, the one that detects most first.

    Every adaptation of a method costs `adaptation_s` and every episode `episode_s`, on average over methods,
    in device seconds or any one kind. For each number of episodes there is one: as many seeds as fit.
    """
    found = []
    for count in episodes:
        one_seed = methods * tasks * (adaptation_s + count * episode_s)
        seeds = min(MOST_SEEDS, int(seconds // one_seed)) if one_seed > 0 else MOST_SEEDS
        design = Design(tasks, seeds, count)
        if seeds and design.df:
            found.append(Option(design, seeds * one_seed, detectable(design, spread, alpha=alpha)))
    return sorted(found, key=lambda one: (math.isnan(one.detectable), one.detectable, one.seconds))
