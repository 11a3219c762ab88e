"""Planned contrasts: Holm, margins, and verdicts that never contradict the intervals beside them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.multitest import multipletests

from harness.core.errors import UserError
from harness.core.formats import CONTRASTS, DEFAULT_CONTRASTS
from harness.core.schema import parsed
from results.stats.adaptations import Cells
from results.stats.contrasts import DEFAULT, contrasts, holm, planned, points
from results.stats.student import ALPHA

GAIN = np.array([0.1, 0.3, 0.2, 0.25, 0.15, 0.2])
"""Of six tasks: mean .2, standard error .0289."""


def rates(**values: np.ndarray) -> Cells:
    """Methods with rates of six tasks and one seed."""
    tables = np.stack([value[:, None] for value in values.values()])
    names = tuple(name.replace("_", "-") for name in values)
    return Cells(names, tuple(map(str, range(tables.shape[1]))), (0,), tables)


def test_a_clear_difference() -> None:
    (found,) = contrasts(rates(steer=0.5 + GAIN, lora=np.full(6, 0.5)), [("steer", "lora")])
    assert found.verdict == "steer is better"
    assert found.estimate.value == pytest.approx(0.2)
    assert found.low_holm == pytest.approx(found.estimate.low)
    assert found.estimate.low == pytest.approx(0.2 - 2.5705818 * np.std(GAIN, ddof=1) / math.sqrt(6))


def test_the_other_is_better() -> None:
    (found,) = contrasts(rates(steer=0.5 - GAIN, lora=np.full(6, 0.5)), [("steer", "lora")])
    assert found.verdict == "lora is better"


def test_no_difference_and_a_margin() -> None:
    small = np.array([0.02, -0.02, 0.01, -0.01, 0.02, -0.01])
    measured = rates(steer=0.5 + small, lora=np.full(6, 0.5))
    (plain,) = contrasts(measured, [("steer", "lora")])
    assert plain.verdict == "no significant difference"
    assert math.isnan(plain.p_margin)
    (close,) = contrasts(measured, [("steer", "lora")], margin=0.05)
    assert close.verdict == "steer is not inferior within 5 points"
    (unknown,) = contrasts(measured, [("steer", "lora")], margin=0.01)
    assert unknown.verdict == "no significant difference"


def test_a_little_worse_and_still_good_enough() -> None:
    little = np.array([0.02, 0.03, 0.02, 0.03, 0.02, 0.02])
    (found,) = contrasts(rates(steer=0.5 - little, lora=np.full(6, 0.5)), [("steer", "lora")], margin=0.05)
    assert found.verdict == "lora is better, steer is not inferior within 5 points"


def test_no_verdict_says_why() -> None:
    (found,) = contrasts(rates(steer=GAIN[:4], lora=GAIN[:4] / 2), [("steer", "lora")], margin=0.1)
    assert found.verdict == "no verdict: 4 tasks with one seed; it takes 5 tasks or 2 seeds"
    assert np.isnan([found.p_holm, found.low_holm, found.p_margin]).all()


def test_methods_without_a_common_seed_are_compared_unpaired() -> None:
    values = np.full((2, 6, 4), np.nan)
    values[0, :, :2] = np.stack([0.5 + GAIN, 0.55 + GAIN / 2], axis=1)
    values[1, :, 2:] = np.stack([GAIN, GAIN / 2], axis=1)
    measured = Cells(("steer", "lora"), tuple("abcdef"), (0, 1, 2, 3), values)
    (found,) = contrasts(measured, [("steer", "lora")])
    assert found.estimate.value == pytest.approx(0.525)
    assert found.verdict == "steer is better"


def test_holm_by_hand() -> None:
    adjusted, levels = holm(np.array([0.04, 0.01, 0.03]), 0.05)
    assert adjusted == pytest.approx([0.06, 0.03, 0.06])
    assert levels == pytest.approx([0.025, 0.05 / 3, 0.025])
    adjusted, levels = holm(np.array([0.02, np.nan]), 0.05)
    assert adjusted == pytest.approx([0.04, np.nan], nan_ok=True)
    assert levels == pytest.approx([0.025, 0.05])
    assert [len(part) for part in holm(np.array([]), 0.05)] == [0, 0]


def test_holm_is_that_of_statsmodels() -> None:
    p = np.random.default_rng(2).uniform(0, 0.1, size=8)
    assert holm(p, ALPHA)[0] == pytest.approx(multipletests(p, method="holm")[1])


@given(arrays(float, st.integers(1, 6), elements=st.sampled_from([0.001, 0.01, 0.02, 0.03, 0.06, 0.5])))
@settings(deadline=None)
def test_holm_levels_decide_as_adjusted_values_do(p: np.ndarray) -> None:
    adjusted, levels = holm(p, ALPHA)
    np.testing.assert_array_equal(p <= levels, adjusted <= ALPHA)


@given(
    arrays(float, (4, 6, 1), elements=st.integers(0, 10).map(lambda won: won / 10)),
    st.sampled_from([None, 0.05, 0.2]),
)
@settings(deadline=None)
def test_verdicts_agree_with_intervals(values: np.ndarray, margin: float | None) -> None:
    names = ("steer", "lora", "steer-random", "lora-expert")
    measured = Cells(names, tuple("abcdef"), (0,), values)
    for one in contrasts(measured, planned(names), margin):
        if one.estimate.reason:
            assert one.verdict.startswith("no verdict: ")
            continue
        apart = not one.low_holm <= 0 <= one.high_holm
        assert ("is better" in one.verdict) == apart
        assert one.low_holm <= one.estimate.low <= one.estimate.high <= one.high_holm
        if "not inferior" in one.verdict:
            assert margin is not None
            assert one.estimate.low > -margin


def test_contrasts_that_are_planned() -> None:
    methods = ["frozen", "lora", "steer", "steer-random"]
    assert planned(methods) == [("steer", "lora"), ("steer", "steer-random")]
    assert planned(methods, [("lora", "frozen")]) == [("lora", "frozen")]
    assert planned(["frozen"]) == []
    with pytest.raises(UserError, match="no method full in these records; they hold frozen, lora"):
        planned(methods, [("steer", "full")])


@pytest.mark.parametrize("text", ["steer", "a:b:c", "a:a", ":b", ""])
def test_a_contrast_names_two_methods(text: str) -> None:
    with pytest.raises(UserError, match="write first:second"):
        parsed(text, CONTRASTS, "--contrast")


def test_parsed_contrast() -> None:
    asked = parsed("steer : lora-expert,full:lora", CONTRASTS, "--contrast")
    assert asked == (("steer", "lora-expert"), ("full", "lora"))
    assert CONTRASTS.write(asked) == "steer:lora-expert,full:lora"


def test_the_help_names_the_default_contrasts() -> None:
    assert f"({', '.join(':'.join(pair) for pair in DEFAULT)})" == DEFAULT_CONTRASTS


def test_points() -> None:
    assert [points(rate) for rate in (0.05, 0.01, 0.025)] == ["5 points", "1 point", "2.5 points"]
