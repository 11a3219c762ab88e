"""Intervals against published and hand-computed values, and by how often they hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from harness.core.rng import derive_rng
from results.stats.intervals import exact, newcombe_interval, rate_interval, wilson


def test_wilson_is_newcombe_s_example() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I: 81 of 263, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_contains_the_rate_and_is_exact_at_the_ends(successes: int, more: int) -> None:
    count = successes + more - 1
    low, high = wilson(successes, count)
    if not count:
        assert math.isnan(low)
        assert math.isnan(high)
        return
    assert 0.0 <= low <= successes / count <= high <= 1.0
    assert (low == 0.0) == (successes == 0)
    assert (high == 1.0) == (successes == count)


@given(st.integers(0, 300), st.integers(1, 300))
def test_intervals_of_a_rate_are_those_of_scipy(successes: int, more: int) -> None:
    found = binomtest(successes, successes + more)
    for mine, name in ((wilson, "wilson"), (exact, "exact")):
        theirs = found.proportion_ci(0.95, name)
        assert mine(successes, successes + more) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_none_and_all_have_the_exact_interval() -> None:
    # Clopper and Pearson 1934: none of n is consistent with rates up to 1 - 0.025 ** (1 / n).
    assert rate_interval(0, 10) == pytest.approx((0.0, 1 - 0.025**0.1))
    assert rate_interval(10, 10) == pytest.approx((0.025**0.1, 1.0))
    assert rate_interval(3, 10) == wilson(3, 10)
    assert all(math.isnan(end) for end in rate_interval(0, 0))
    # Newcombe 1998, table I, method 5.
    assert exact(81, 263) == pytest.approx((0.2527, 0.3676), abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "ends"),
    [
        # Newcombe 1998, Statistics in Medicine 17:2635, method 10.
        ((20, 12, 2, 16), (0.0562, 0.3292)),
        ((36, 12, 2, 0), (0.0569, 0.3404)),
        # Fagerland, Lydersen and Laake 2014, Statistics in Medicine 33:2850: airway reactivity.
        ((1, 1, 7, 12), (-0.507, -0.026)),
    ],
)
def test_newcombe_interval_is_as_published(
    counts: tuple[int, int, int, int], ends: tuple[float, float]
) -> None:
    assert newcombe_interval(*counts) == pytest.approx(ends, abs=6e-4)


@given(*[st.integers(0, 60)] * 4)
def test_newcombe_interval_contains_the_difference(both: int, one: int, other: int, neither: int) -> None:
    count = both + one + other + neither
    low, high = newcombe_interval(both, one, other, neither)
    if not count:
        assert math.isnan(low)
        return
    assert -1 - 1e-9 <= low <= (one - other) / count + 1e-9
    assert (one - other) / count - 1e-9 <= high <= 1 + 1e-9


def covered(draws: int, inside: list[bool]) -> float:
    assert len(inside) == draws
    return float(np.mean(inside))


def test_the_interval_of_a_rate_holds_about_as_often_as_it_says() -> None:
    rng = derive_rng("coverage of a rate")
    inside = []
    for _ in range(300):
        rate = rng.uniform(0.05, 0.95)
        low, high = rate_interval(int(rng.binomial(30, rate)), 30)
        inside.append(low <= rate <= high)
    assert 0.91 <= covered(300, inside) <= 0.99


def test_the_newcombe_interval_holds_about_as_often_as_it_says() -> None:
    rng = derive_rng("coverage of a difference")
    chances = np.array([0.4, 0.2, 0.1, 0.3])
    inside = []
    for _ in range(300):
        low, high = newcombe_interval(*(int(count) for count in rng.multinomial(40, chances)))
        inside.append(low <= chances[1] - chances[2] <= high)
    assert 0.91 <= covered(300, inside) <= 0.99
