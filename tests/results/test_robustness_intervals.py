"""Retention, drops, area and differences in differences over adaptations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.core.rng import derive_rng
from results.stats.headline import headline
from results.stats.robustness import (
    ANY_SHARE,
    BLANK,
    RETAINED_FROM,
    area,
    beyond,
    drop,
    mean_drop,
    retention,
    worst_drop,
)
from results.stats.student import ALPHA

CLEAN = np.array([[0.8, 0.6], [0.9, 0.7], [0.5, 0.6]])
VARIED = np.array([[0.5, 0.2], [0.6, 0.5], [0.2, 0.3]])

RATES = arrays(float, (6, 1), elements=st.integers(0, 10).map(lambda won: won / 10))


def test_retention_is_a_ratio_of_means() -> None:
    found = retention(CLEAN, VARIED)
    assert found.value == pytest.approx(VARIED.mean() / CLEAN.mean())
    assert 0 <= found.low < found.value < found.high < 1
    assert found.p < ALPHA


def test_bounds_of_retention_are_where_the_t_statistic_is_critical() -> None:
    found = retention(CLEAN[:, :1].repeat(2, 0), VARIED[:, :1].repeat(2, 0))
    for share in (found.low, found.high):
        rest = headline((VARIED - share * CLEAN)[:, :1].repeat(2, 0))
        assert rest.p == pytest.approx(ALPHA, rel=1e-6)


@given(RATES, RATES)
@settings(deadline=None)
def test_retention_agrees_with_its_p_value(clean: np.ndarray, varied: np.ndarray) -> None:
    found = retention(clean, varied)
    if found.reason:
        assert np.isnan([found.low, found.high, found.p]).all()
    elif abs(found.p - ALPHA) > 1e-6:
        assert (found.p < ALPHA) == (not found.low <= 1 <= found.high)
        assert found.low - 1e-9 <= found.value <= found.high + 1e-9


def test_low_clean_success_is_blank() -> None:
    found = retention(CLEAN * 0.2, VARIED)
    assert found.reason == BLANK
    assert np.isnan([found.value, found.low, found.high, found.p]).all()
    assert beyond(CLEAN, VARIED, CLEAN * 0.2, VARIED).reason == BLANK
    assert CLEAN.mean() * 0.2 < RETAINED_FROM


def test_clean_success_that_scatters_wildly_bounds_no_share() -> None:
    found = retention(
        np.array([[1.0], [0.0], [0.0], [0.0], [0.1]]), np.array([[0.1], [0.2], [0.0], [0.3], [0.0]])
    )
    assert found.reason == ANY_SHARE
    assert math.isfinite(found.value)


def test_missing_adaptations_are_left_out_of_both() -> None:
    clean, varied = CLEAN.copy(), VARIED.copy()
    clean[0, 0], varied[0, 1] = np.nan, np.nan
    assert retention(clean, varied).value == pytest.approx(VARIED[1:].mean() / CLEAN[1:].mean())


def test_nothing_measured() -> None:
    nothing = np.full((3, 2), np.nan)
    assert retention(nothing, nothing).reason == "no adaptation was judged"


def test_drop_and_beyond_are_headlines_of_differences() -> None:
    assert drop(CLEAN, VARIED) == headline(CLEAN - VARIED)
    found = beyond(CLEAN, VARIED, CLEAN, VARIED - np.array([[0.1, 0.0], [0.05, 0.1], [0.1, 0.15]]))
    assert found.value == pytest.approx(-0.5 / 6)
    assert found.low < found.value < found.high


def test_area_of_no_drop_is_one_and_of_a_line_to_zero_a_half() -> None:
    wobble = np.array([[0.01, -0.01], [0.02, 0.0], [0.0, 0.01]])
    assert area(CLEAN, [CLEAN + wobble, CLEAN - wobble], [1, 2]).value == pytest.approx(1, abs=0.01)
    assert area(CLEAN, [CLEAN / 2 + wobble, wobble], [2, 4]).value == pytest.approx(0.5, abs=0.01)


def test_mean_and_worst_of_dimensions() -> None:
    drops = {"light": CLEAN - VARIED, "camera": (CLEAN - VARIED) / 2, "unknown": np.full((3, 2), np.nan)}
    name, worst = worst_drop(drops)
    assert name == "light"
    assert worst == headline(CLEAN - VARIED, ALPHA / 3)
    del drops["unknown"]
    assert mean_drop(drops).value == pytest.approx(0.75 * (CLEAN - VARIED).mean())


def test_interval_of_retention_covers() -> None:
    rng = derive_rng("coverage of retention")
    covered = []
    for _ in range(600):
        task = rng.normal(0.7, 0.1, (8, 1))
        clean = task + rng.normal(0, 0.12, (8, 2))
        varied = 0.6 * task + rng.normal(0, 0.12, (8, 2))
        found = retention(clean, varied)
        covered.append(found.low <= 0.6 * task.mean() / task.mean() <= found.high)
    assert 0.92 < np.mean(covered) < 0.98
