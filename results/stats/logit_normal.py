"""How success rates scatter: a logit-normal model of tasks, adaptations and scenes, and its moments in rates.

logit p = base + task + adaptation + scene, each normal. The moments are integrals over these (Gauss-Hermite).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NODES = 21
"""Of the quadrature in each dimension: moments to 1e-5 at spreads up to 3."""


@dataclass(frozen=True)
class Moments:
    """Variances of success rates, in rates squared."""

    rate: float
    """Mean success."""
    task: float
    """Of the rates of tasks."""
    adaptation: float
    """Of the rates of adaptations to one task."""
    scene: float
    """Shared by all adaptations on one scene: their covariance over scenes."""
    episode: float
    """Of one episode's outcome, given its adaptation."""


@dataclass(frozen=True)
class Pair:
    """Two methods on the same scenes: moments of the difference of their rates."""

    difference: float
    task: float
    """Variance between tasks of the true difference: the same gain in logits is less near 0 and 1."""
    adaptation: float
    """Variance within a task, from the luck of both adaptations."""
    episode: float
    """The same from one episode of each on one scene, given the adaptations."""


@dataclass(frozen=True)
class Spread:
    """Standard deviations in logits, and the mean success rate over tasks in (0, 1).

    The defaults are assumptions for planning: adaptations to one task differ by half a logit (12 points
    at a rate of one half), tasks and scenes by one.
    """

    rate: float = 0.6
    adaptation: float = 0.5
    task: float = 1.0
    scene: float = 1.0

    @property
    def base(self) -> float:
        """Logit of the average task, adaptation and scene: the mean success is then `rate`."""
        return _base(self)

    def moments(self) -> Moments:
        """What these standard deviations are in rates."""
        return moments(self.base, self.task, self.adaptation, self.scene)


def moments(base: float, task: float, adaptation: float, scene: float) -> Moments:
    """Moments of success rates of a model in logits."""
    _, weights = _quadrature()
    by_task, by_adaptation, by_scene = _rates(base, task, adaptation, scene)
    mean = float(by_task @ weights)
    return Moments(
        rate=mean,
        task=float((by_task**2) @ weights) - mean**2,
        adaptation=_within(by_adaptation, by_adaptation, by_task, by_task),
        scene=_within(by_scene, by_scene, by_task, by_task),
        episode=float((by_adaptation * (1 - by_adaptation)) @ weights @ weights),
    )


def pair(spread: Spread, effect: float) -> Pair:
    """Two methods whose logits lie `effect` apart, each half of it from `spread.base`."""
    _, weights = _quadrature()
    rest = (spread.task, spread.adaptation, spread.scene)
    tasks, luck, scenes = zip(
        *(_rates(spread.base + half, *rest) for half in (effect / 2, -effect / 2)), strict=True
    )
    gain = tasks[0] - tasks[1]
    difference = float(gain @ weights)
    shared = _within(scenes[0], scenes[1], tasks[0], tasks[1])
    return Pair(
        difference=difference,
        task=float((gain**2) @ weights) - difference**2,
        adaptation=sum(_within(one, one, mean, mean) for one, mean in zip(luck, tasks, strict=True)),
        episode=sum(float((one * (1 - one)) @ weights @ weights) for one in luck) - 2 * shared,
    )


def _rates(base: float, task: float, adaptation: float, scene: float) -> tuple[Floats, Floats, Floats]:
    """Success of tasks [nodes], of adaptations to them and on scenes of them [tasks, nodes]."""
    nodes, weights = _quadrature()
    p = expit(base + task * nodes[:, None, None] + adaptation * nodes[:, None] + scene * nodes)
    by_adaptation, by_scene = p @ weights, weights @ p
    return by_adaptation @ weights, by_adaptation, by_scene


def _within(first: Floats, second: Floats, first_mean: Floats, second_mean: Floats) -> float:
    """Covariance within tasks of two [tasks, nodes] with means [tasks], on average over tasks."""
    _, weights = _quadrature()
    return float(((first * second) @ weights - first_mean * second_mean) @ weights)


def expit(logits: Floats) -> Floats:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-logits))


@cache
def _quadrature() -> tuple[Floats, Floats]:
    """Nodes and weights of the standard normal distribution."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


@cache
def _base(spread: Spread) -> float:
    from scipy.optimize import brentq

    def excess(base: float) -> float:
        return moments(base, spread.task, spread.adaptation, spread.scene).rate - spread.rate

    return float(brentq(excess, -30, 30, xtol=1e-9))
