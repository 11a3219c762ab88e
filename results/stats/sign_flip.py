"""Sign-flip test of paired differences: a check of Student's that needs no distribution but symmetry.

Fisher 1935, The Design of Experiments, section 21. If two methods are equal, each difference could as well
have had the other sign. Below six differences the smallest p-value, 2 / 2^n, is above 5%.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from harness.core.rng import derive_rng

MOST_EXACT = 14
"""Differences up to which all 2^n signs are tried."""

DRAWS = 19_999
"""Random signs beyond that: a p-value of 5% then scatters by 0.15 points."""

FEWEST = 6
"""Differences from which 5% can be reached at all."""

EQUAL = 1e-9
"""Sums closer than this are the same: the differences are fractions of episodes."""


def sign_flip(differences: NDArray[np.float64]) -> float:
    """Two-sided p-value of the hypothesis that `differences` [n] are symmetric about 0; NaN without any.

    Exact up to MOST_EXACT differences; beyond that with random signs, the same ones at every call, and the
    observed ones counted among them (Phipson and Smyth 2010, SAGMB 9:39), which keeps the test valid.
    """
    values = np.asarray(differences, dtype=np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan")
    exact = len(values) <= MOST_EXACT
    signs = all_signs(len(values)) if exact else _random_signs(len(values))
    extreme = np.abs(signs @ values) >= abs(values.sum()) - EQUAL
    return float(extreme.mean()) if exact else float((extreme.sum() + 1) / (DRAWS + 1))


@lru_cache(maxsize=16)
def all_signs(count: int) -> NDArray[np.float64]:
    """Every combination of signs [2^count, count]."""
    return np.array(list(product((1.0, -1.0), repeat=count)))


@lru_cache(maxsize=16)
def _random_signs(count: int) -> NDArray[np.float64]:
    return derive_rng("sign flip", count).choice((1.0, -1.0), size=(DRAWS, count))
