"""How fast an episode succeeds: restricted mean of steps, and the share that has succeeded by each step.

A failure ran into the budget of steps and counts as that many (Royston and Parmar 2013, BMC Medical Research
Methodology 13:152, with one censoring time), so that a method is not made fast by failing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from results.stats.adaptations import Cells, cells, judged
from results.stats.headline import Estimate, headline
from results.stats.student import ALPHA


def restricted(episodes: pd.DataFrame, budget: float) -> Cells:
    """Mean of min(steps, budget) per adaptation, failures at `budget` steps; errors are left out.

    A success without a number of steps is left out, too.
    """
    found = judged(episodes)
    steps = found["steps"].astype(float).clip(upper=budget)
    return cells(found.assign(taken=steps.where(found["won"] == 1.0, budget)), "taken")


def mean_steps(taken: Cells, method: str, budget: float, alpha: float = ALPHA) -> Estimate:
    """Restricted mean of steps with its interval over adaptations; its p-value says nothing."""
    return headline(taken.of(method), alpha, bounds=(0.0, budget))


def difference_in_steps(
    taken: Cells, first: str, second: str, budget: float, alpha: float = ALPHA
) -> Estimate:
    """Steps of the first minus the second, paired as the headline: below 0 the first is faster."""
    return headline(taken.difference(first, second), alpha, bounds=(-budget, budget))


def success_by_step(episodes: pd.DataFrame, steps: Sequence[float]) -> pd.DataFrame:
    """Share of episodes that have succeeded after each of `steps`: one row a step, one column a method.

    Every task counts the same, and every adaptation within it.
    """
    found = judged(episodes)
    suite = ["suite"] if "suite" in found else []
    weight = pd.Series(1.0, index=found.index)
    for keys in (["adapt_id", "seed"], []):
        cell = ["method", *suite, "task_id", *keys]
        weight /= weight.groupby([found[name] for name in cell]).transform("sum")
    weight /= weight.groupby(found["method"]).transform("sum")
    taken = found["steps"].astype(float).where(found["won"] == 1.0, np.inf)
    shares = {
        method: [float(weight[part.index][taken[part.index] <= step].sum()) for step in steps]
        for method, part in found.groupby("method", sort=False)
    }
    return pd.DataFrame(shares, index=pd.Index(steps, name="steps"))
