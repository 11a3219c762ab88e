"""Do intervals and tests hold what they claim? Measured on simulated studies; a table for the docs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.rng import derive_rng
from results.stats.design import Design, detectable, effect_of
from results.stats.logit_normal import Spread
from results.stats.sequential import log_wealth
from results.stats.simulate import outcomes, truth
from results.stats.student import ALPHA, Floats, Student, over_tasks, within_tasks

FAMILY = 4
"""Methods in the simulated family: the first is compared with each of the others."""

TASKS, SEEDS, EPISODES, SPREADS = (3, 5, 10), (1, 2, 3, 5), (10, 50), (0.0, 0.5, 1.0)

STUDIES = 10_000
"""A share of 5% then has a standard error of 0.2 points."""


@dataclass(frozen=True)
class Calibration:
    """Shares of simulated studies; NaN where the design gives no verdict."""

    tasks: int
    seeds: int
    episodes: int
    spread: float
    """Over adaptations, in logits."""
    type_1: float
    """Two equal methods: how often the headline finds a difference at 5%."""
    family: float
    """Four equal methods: how often Holm over three contrasts finds any."""
    coverage: float
    """How often the 95% interval holds the true difference, where it is `detectable`."""
    detectable: float
    """Difference that the design function says is found in 80%."""
    power: float
    """How often it is."""
    sequential: float
    """Two equal methods: how often the e-process finds a difference, looked at after every seed."""
    mcnemar: float
    """Two equal methods: how often exact McNemar on pooled episodes finds a difference at 5%."""


def calibrate(design: Design, spread: Spread, studies: int = STUDIES) -> Calibration:
    """Measure one design: equal methods, then two that differ by what it claims to detect."""
    rng = derive_rng("calibration", design, spread)
    null = [_null(part) for part, _ in outcomes(design, spread, [0.0] * FAMILY, studies, rng)]
    type_1, family, sequential, mcnemar = np.concatenate(null, axis=1).mean(axis=1)
    size = detectable(design, spread)
    found, covered = alternative(design, spread, size, studies)
    given = design.df > 0
    return Calibration(
        design.tasks,
        design.seeds,
        design.episodes,
        spread.adaptation,
        type_1=float(type_1) if given else math.nan,
        family=float(family) if given else math.nan,
        coverage=covered,
        detectable=size,
        power=found,
        sequential=float(sequential),
        mcnemar=float(mcnemar),
    )


def alternative(design: Design, spread: Spread, size: float, studies: int) -> tuple[float, float]:
    """(power, coverage of the interval) of the headline where two methods differ by `size`; NaN without."""
    if not design.df or math.isnan(size):
        return math.nan, math.nan
    rng = derive_rng("calibration of power", design, spread, size)
    half = effect_of(spread, size) / 2
    found, covered = [], []
    for won, task in outcomes(design, spread, [half, -half], studies, rng):
        student = headline_of(difference(won, 0, 1))
        true = (truth(task, spread, half) - truth(task, spread, -half)).mean(axis=1)
        low, high = student.interval()
        target = true if design.seeds > 1 else np.full(len(true), size)
        found.append(student.p() <= ALPHA)
        covered.append(((low <= target) & (target <= high))[np.isfinite(low)])
    return float(np.concatenate(found).mean()), float(np.concatenate(covered).mean())


def headline_of(values: Floats) -> Student:
    """What `headline` takes for differences [studies, tasks, seeds] without missing ones."""
    return within_tasks(values) if values.shape[-1] > 1 else over_tasks(values)


def difference(won: NDArray[np.bool_], first: int, second: int) -> Floats:
    """Difference of two methods' rates [studies, tasks, seeds] of outcomes as `simulate` makes them."""
    rates = won.mean(axis=-1)
    return np.asarray(rates[:, first] - rates[:, second])


def mcnemar(won: NDArray[np.bool_]) -> Floats:
    """Exact two-sided p-values [studies] of the first two methods on all episodes of a study together."""
    from scipy.stats import binom

    first, second = won[:, 0].reshape(len(won), -1), won[:, 1].reshape(len(won), -1)
    gained, lost = (first & ~second).sum(1), (~first & second).sum(1)
    return np.minimum(1.0, 2 * binom.cdf(np.minimum(gained, lost), gained + lost, 0.5))


def _null(won: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """False findings [4, studies] of the headline, Holm, the e-process and McNemar among equal methods."""
    values = [difference(won, 0, other) for other in range(1, FAMILY)]
    p = np.nan_to_num([headline_of(one).p() for one in values], nan=1.0)
    by_seed = values[0].swapaxes(1, 2)
    wealth = np.maximum(log_wealth(by_seed), log_wealth(-by_seed)).max(axis=1)
    return np.stack(
        [
            p[0] <= ALPHA,
            p.min(axis=0) <= ALPHA / len(p),
            wealth >= math.log(2 / ALPHA),
            mcnemar(won) <= ALPHA,
        ]
    )


def grid(
    tasks: Iterable[int] = TASKS,
    seeds: Iterable[int] = SEEDS,
    episodes: Iterable[int] = EPISODES,
    spreads: Iterable[float] = SPREADS,
    studies: int = STUDIES,
) -> pd.DataFrame:
    """One row a design and spread: the fields of Calibration. All of it takes about two minutes."""
    return pd.DataFrame(
        [
            calibrate(Design(*size), Spread(adaptation=spread), studies)
            for *size, spread in product(tasks, seeds, episodes, spreads)
        ]
    )


def markdown(table: pd.DataFrame) -> str:
    """`table` of `grid` as Markdown, shares in percent; a dash where there is no verdict."""
    sizes = ["tasks", "seeds", "episodes"]
    lines = ["| " + " | ".join(heads()) + " |", "|" + " --: |" * len(heads())]
    for row in table.to_dict("records"):
        shown = [str(row[name]) for name in sizes] + [f"{row['spread']:g}"]
        shown += [_percent(float(row[name])) for name in list(heads().values())[4:]]
        lines.append("| " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def heads() -> dict[str, str]:
    """Head of a column of the Markdown table -> field of Calibration."""
    return {
        "tasks": "tasks",
        "seeds": "seeds",
        "episodes": "episodes",
        "spread (logits)": "spread",
        "false findings, headline": "type_1",
        "false findings, Holm over 3": "family",
        "coverage of 95% interval": "coverage",
        "detectable (points)": "detectable",
        "found (said: 80)": "power",
        "false findings, e-process": "sequential",
        "false findings, pooled McNemar": "mcnemar",
    }


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f}"
