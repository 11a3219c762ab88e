"""Intervals and tests against published and hand-computed values."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.statistics import compare, holm, wilson


def episodes(**statuses: str) -> pd.DataFrame:
    letters = {"s": "success", "f": "failure", "e": "error"}
    return pd.DataFrame(
        [
            {"method": method, "scene_id": scene, "status": letters[letter]}
            for method, word in statuses.items()
            for scene, letter in enumerate(word)
        ]
    )


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


def test_mcnemar_counts_discordant_scenes_only() -> None:
    found = compare(episodes(a="ssssssssff", b="ssfffffsff"), "a", "b")
    assert (found.scenes, found.only_first, found.only_second) == (10, 5, 0)
    assert found.difference == pytest.approx(0.5)
    assert found.p == pytest.approx(2 * 0.5**5)


def test_an_error_leaves_its_scene_out() -> None:
    found = compare(episodes(a="sse", b="fes"), "a", "b")
    assert (found.scenes, found.only_first) == (1, 1)
    assert compare(episodes(a="ss", b="ss"), "a", "b").p == 1.0
    assert math.isnan(compare(episodes(a="ss", b="ee"), "a", "b").p)


def test_holm_steps_down_and_leaves_the_unknown() -> None:
    adjusted = holm([0.01, math.nan, 0.04, 0.03])
    assert adjusted[0] == pytest.approx(0.03)
    assert math.isnan(adjusted[1])
    assert adjusted[2:] == pytest.approx([0.06, 0.06])
    assert holm([]) == []
