"""Intervals and tests over adaptations, on hand-computed cases and against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from results.stats.headline import at_level, headline, one_sided, unpaired
from results.stats.sign_flip import sign_flip
from results.stats.student import ALPHA, between_methods, over_tasks, within_tasks

ONE_SEED = np.array([[0.1], [0.3], [0.0], [0.2], [-0.1], [0.25]])
TWO_SEEDS = np.array([[0.1, 0.3], [0.0, 0.2], [0.4, 0.1]])

DIFFERENCES = arrays(
    float,
    st.tuples(st.integers(1, 7), st.integers(1, 4)),
    elements=st.integers(-10, 10).map(lambda count: count / 10),
)
"""[tasks, seeds] of ten episodes each."""


def test_over_tasks_is_scipys_one_sample_t() -> None:
    found = headline(ONE_SEED)
    known = stats.ttest_1samp(ONE_SEED[:, 0], 0)
    interval = known.confidence_interval(0.95)
    assert found.p == pytest.approx(known.pvalue, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-12)
    assert (found.df, found.tasks, found.seeds) == (5, 6, 1)
    assert found.scope == "tasks like these"


def test_over_tasks_averages_seeds() -> None:
    found = over_tasks(TWO_SEEDS)
    assert found.mean == pytest.approx(np.mean([0.2, 0.1, 0.25]))
    assert found.error == pytest.approx(np.std([0.2, 0.1, 0.25], ddof=1) / math.sqrt(3))


def test_within_tasks_by_hand() -> None:
    # Variances of tasks .02, .02, .045; of their means half; (.0425)^2 / (sum of squares / 3) - 2 freedom.
    found = within_tasks(TWO_SEEDS)
    terms = np.array([0.01, 0.01, 0.0225])
    assert found.mean == pytest.approx(0.55 / 3)
    assert found.error == pytest.approx(math.sqrt(0.0425) / 3)
    assert found.df == pytest.approx(min(3.0, 0.0425**2 / (terms**2 / 3).sum() - 2))


def test_equal_scatter_gives_all_degrees_of_freedom() -> None:
    values = np.array([[0.0, 0.2, 0.4], [0.1, 0.3, 0.5], [-0.2, 0.0, 0.2]])
    assert within_tasks(values).df == pytest.approx(3 * 2)


def test_one_task_that_alone_scatters_gives_its_own_freedom() -> None:
    assert within_tasks(np.array([[0.1, 0.1, 0.1], [0.0, 0.5, 0.2]])).df == pytest.approx(2)


def test_one_task_of_many_seeds_is_a_t_test_over_seeds() -> None:
    seeds = np.array([[0.1, 0.4, 0.2, 0.3]])
    assert headline(seeds).p == pytest.approx(stats.ttest_1samp(seeds[0], 0).pvalue, rel=1e-12)


def test_unpaired_seeds_of_one_task_are_welchs_test_but_for_its_freedom() -> None:
    first, second = np.array([[0.5, 0.7, 0.6, 0.9]]), np.array([[0.2, 0.3, 0.35]])
    found, known = between_methods(first, second), stats.ttest_ind(first[0], second[0], equal_var=False)
    assert found.mean / found.error == pytest.approx(known.statistic, rel=1e-12)
    assert found.df == pytest.approx(5)  # Welch's second formula, cut at n - 2.


def test_unbalanced_seeds_weigh_tasks_alike() -> None:
    values = np.array([[0.1, 0.3, np.nan], [0.0, 0.2, 0.4]])
    found = within_tasks(values)
    assert found.mean == pytest.approx(0.2)
    assert found.error == pytest.approx(math.sqrt(0.02 / 2 + 0.04 / 3) / 2)


def test_a_task_with_one_seed_falls_back_to_tasks() -> None:
    values = np.array([[0.1, 0.3], [0.0, np.nan], [0.2, 0.4], [0.1, 0.1], [0.3, 0.2]])
    found = headline(values)
    assert (found.scope, found.seeds) == ("tasks like these", 1)
    assert found.p == pytest.approx(stats.ttest_1samp([0.2, 0.0, 0.3, 0.1, 0.25], 0).pvalue)


def test_a_task_without_adaptations_does_not_count() -> None:
    with_nothing = np.vstack([TWO_SEEDS, [[np.nan, np.nan]]])
    assert headline(with_nothing) == headline(TWO_SEEDS)


def test_many_studies_at_once_are_each_alone() -> None:
    studies = np.random.default_rng(0).normal(size=(5, 4, 3))
    for student in (over_tasks, within_tasks):
        together, alone = student(studies), [student(one) for one in studies]
        assert together.p() == pytest.approx([float(one.p()) for one in alone])


@pytest.mark.parametrize("tasks", [1, 2, 4])
def test_few_tasks_with_one_seed_give_no_verdict(tasks: int) -> None:
    found = headline(ONE_SEED[:tasks])
    assert "one seed" in found.reason
    assert np.isnan([found.low, found.high, found.p, found.p_sign_flip]).all()
    assert found.value == pytest.approx(ONE_SEED[:tasks].mean())


@pytest.mark.parametrize("value", [0.0, 0.3])
@pytest.mark.parametrize("shape", [(6, 1), (3, 2), (1, 3)])
def test_no_spread_gives_no_interval(value: float, shape: tuple[int, int]) -> None:
    found = headline(np.full(shape, value))
    assert "alike" in found.reason
    assert np.isnan([found.low, found.high, found.p]).all()


def test_nothing_judged() -> None:
    for values in (np.full((3, 2), np.nan), np.empty((0, 0))):
        found = headline(values)
        assert found.reason == "no adaptation was judged"
        assert math.isnan(found.value)


def test_one_sided_and_other_levels_are_of_the_same_distribution() -> None:
    found = headline(ONE_SEED)
    assert one_sided(found, found.low) == pytest.approx(ALPHA / 2)
    assert at_level(found, ALPHA) == pytest.approx((found.low, found.high))
    assert one_sided(found, 0.0) == pytest.approx(found.p / 2)


@given(DIFFERENCES)
def test_interval_and_test_agree(values: np.ndarray) -> None:
    found = headline(values, bounds=(-math.inf, math.inf))
    if found.reason:
        assert np.isnan([found.low, found.high, found.p]).all()
        return
    assert found.low < found.value < found.high
    if abs(found.p - ALPHA) > 1e-9:
        assert (found.p < ALPHA) == (not found.low <= 0 <= found.high)


@given(DIFFERENCES)
def test_turning_the_pair_around_turns_the_signs(values: np.ndarray) -> None:
    one, other = headline(values), headline(-values)
    assert [-one.high, -one.low, one.p, one.p_sign_flip] == pytest.approx(
        [other.low, other.high, other.p, other.p_sign_flip], nan_ok=True
    )


@given(arrays(float, st.integers(2, 8), elements=st.integers(-9, 9).map(float)))
def test_sign_flip_is_scipys(values: np.ndarray) -> None:
    known = stats.permutation_test(
        (values,), lambda x, axis: np.abs(x.sum(axis=axis)), permutation_type="samples", alternative="greater"
    )
    assert sign_flip(values) == pytest.approx(known.pvalue)


def test_sign_flip_below_six_differences_cannot_reach_five_percent() -> None:
    assert sign_flip(np.full(5, 0.4)) == pytest.approx(2 / 2**5)
    assert sign_flip(np.full(6, 0.4)) == pytest.approx(2 / 2**6)
    assert math.isnan(sign_flip(np.array([np.nan])))


def test_sign_flip_of_many_differences_is_drawn_and_repeats() -> None:
    values = np.random.default_rng(1).normal(0.3, 1, size=40)
    assert sign_flip(values) == sign_flip(values)
    assert sign_flip(values) == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=0.02)
    assert sign_flip(np.full(40, 0.1)) == pytest.approx(1 / 20_000)


def test_unpaired_seeds() -> None:
    first = np.array([[0.5, 0.7, np.nan, np.nan], [0.6, 0.9, np.nan, np.nan]])
    second = np.array([[np.nan, np.nan, 0.2, 0.3], [np.nan, np.nan, 0.5, 0.3]])
    found = unpaired(first, second)
    assert found.value == pytest.approx(((0.6 - 0.25) + (0.75 - 0.4)) / 2)
    assert found.error == pytest.approx(math.sqrt((0.02 + 0.045 + 0.005 + 0.02) / 2) / 2)
    assert (found.scope, found.tasks, found.seeds) == ("these tasks", 2, 2)
    assert (found.p < ALPHA) == (not found.low <= 0 <= found.high)


def test_unpaired_single_seeds_are_a_t_test_over_tasks() -> None:
    nothing = np.full((6, 1), np.nan)
    found = unpaired(np.hstack([ONE_SEED, nothing]), np.hstack([nothing, np.zeros((6, 1))]))
    assert found == headline(ONE_SEED)


def test_unpaired_without_a_common_task() -> None:
    assert (
        unpaired(np.array([[0.1], [np.nan]]), np.array([[np.nan], [0.1]])).reason
        == "no adaptation was judged"
    )
