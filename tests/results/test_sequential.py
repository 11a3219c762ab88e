"""Anytime-valid decisions: the wealth of a bettor by hand, its confidence sequence, and false findings."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.core.rng import derive_rng
from results.stats.sequential import BETS, complete, decide, log_wealth, looks, sequence

PAIR = ("steer", "lora")

SEEDS = arrays(
    float,
    st.tuples(st.integers(1, 4), st.integers(1, 5)),
    elements=st.integers(-10, 10).map(lambda count: count / 10),
)
"""[seeds, tasks]."""


def test_wealth_by_hand() -> None:
    values = np.array([[0.5, -0.2], [0.1, 0.3]])
    first = np.mean([(1 + bet * 0.5) * (1 - bet * 0.2) for bet in BETS])
    both = np.mean([(1 + bet * 0.5) * (1 - bet * 0.2) * (1 + bet * 0.1) * (1 + bet * 0.3) for bet in BETS])
    assert np.exp(log_wealth(values)) == pytest.approx([first, both])
    shifted = np.mean([math.prod(1 + bet * (x + 0.1) / 0.9 for x in (0.5, -0.2)) for bet in BETS])
    assert math.exp(log_wealth(values, -0.1)[0]) == pytest.approx(shifted)


@given(SEEDS, st.sampled_from([-0.5, 0.0, 0.5]))
@settings(deadline=None)
def test_wealth_falls_as_the_hypothesis_grows(values: np.ndarray, null: float) -> None:
    assert (log_wealth(values, null) >= log_wealth(values, null + 0.1) - 1e-12).all()


@given(SEEDS)
@settings(deadline=None, max_examples=30)
def test_sequence_holds_the_mean_and_agrees_with_the_wealth(values: np.ndarray) -> None:
    low, high = sequence(values)
    for at in range(len(values)):
        assert low[at] - 1e-9 <= values[: at + 1].mean() <= high[at] + 1e-9
        assert (low[at] > 1e-6) <= (log_wealth(values)[at] >= math.log(40) - 1e-4)
        assert (log_wealth(values)[at] >= math.log(40) + 1e-4) <= (low[at] > 0)
    turned_low, turned_high = sequence(-values)
    assert turned_low == pytest.approx(-high, abs=1e-7)
    assert turned_high == pytest.approx(-low, abs=1e-7)


@given(arrays(float, (3, 4), elements=st.floats(-0.9, 0.9)))
@settings(deadline=None)
def test_strata_that_cancel_out_bring_no_wealth_on_average(noise: np.ndarray) -> None:
    # Tasks whose means differ but average to 0, each value -1 or 1 with its mean as expectation: the expected
    # wealth of a seed, over all outcomes, is at most 1.
    means = noise[0] - noise[0].mean()
    means = means / max(1.0, np.abs(means).max())
    outcomes = np.array(np.meshgrid(*[[-1.0, 1.0]] * 4, indexing="ij")).reshape(4, -1).T
    chance = np.prod((1 + outcomes * means) / 2, axis=1)
    wealth = np.exp(log_wealth(outcomes[:, None, :])[:, 0])
    assert (chance * wealth).sum() <= 1 + 1e-9


def test_decides_and_then_stays() -> None:
    clear = np.tile([[0.3], [0.25], [0.35], [0.3], [0.2]] * 2, (1, 8))
    found = looks(clear, PAIR)
    decided = [look.decision for look in found]
    first = decided.index("steer is better")
    assert decided == [""] * first + ["steer is better"] * (8 - first)
    assert 0 < first < 6
    assert found[first].low > 0 >= found[first - 1].low
    assert found[-1] == found[first]
    assert found[first].seeds == first + 1
    assert found[first].p <= 0.05 < found[first - 1].p
    assert looks(-clear, PAIR)[-1].decision == "lora is better"


def test_decides_that_the_cheap_one_is_good_enough() -> None:
    level = np.tile(np.array([0.0, 0.02, -0.02, 0.01, -0.01] * 2)[:, None], (1, 30))
    assert looks(level, PAIR)[-1].decision == ""
    assert looks(level, PAIR, margin=0.1)[-1].decision == "steer is not inferior within 10 points"
    assert looks(level - 0.3, PAIR, margin=0.1)[-1].decision == "steer is worse by more than 10 points"
    assert looks(level + 0.3, PAIR, margin=0.1)[-1].decision == "steer is better"


def test_looks_wait_for_complete_seeds() -> None:
    values = np.array([[0.1, 0.2, np.nan, 0.1], [0.3, 0.1, 0.2, 0.4], [np.nan] * 4])
    assert complete(values).tolist() == [[0.1, 0.3], [0.2, 0.1]]
    assert [look.seeds for look in looks(values, PAIR)] == [1, 2]
    assert looks(np.full((2, 3), np.nan), PAIR) == []
    assert looks(np.empty((2, 0)), PAIR) == []


def test_what_an_interval_decides() -> None:
    assert decide(PAIR, -0.1, 0.2) == ""
    assert decide(PAIR, -0.04, 0.2, 0.05) == "steer is not inferior within 5 points"
    assert decide(PAIR, -0.2, -0.01, 0.05) == ""


def test_false_findings_with_thirty_looks() -> None:
    # The hardest values: outcomes of one episode, whose differences are -1, 0 or 1, and few of them 0.
    rng = derive_rng("false findings of the e-process")
    values = rng.choice([-1.0, 0.0, 1.0], p=[0.4, 0.2, 0.4], size=(4000, 30, 3))
    wealth = np.maximum(log_wealth(values), log_wealth(-values))
    assert (wealth.max(axis=1) >= math.log(2 / 0.05)).mean() < 0.05
