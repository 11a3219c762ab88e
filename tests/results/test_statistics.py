"""Tests of methods against each other, on hand-computed cases."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from scipy.stats import binomtest

from results.stats.comparisons import compare, compare_all


def episodes(**statuses: str) -> pd.DataFrame:
    letters = {"s": "success", "f": "failure", "e": "error"}
    return pd.DataFrame(
        [
            {"method": method, "scene_id": scene, "status": letters[letter]}
            for method, word in statuses.items()
            for scene, letter in enumerate(word)
        ]
    )


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


def test_the_order_of_a_pair_only_turns_the_sign() -> None:
    rows = episodes(a="ssssfsfsse", b="fsffsfsfes")
    there, back = compare(rows, "a", "b"), compare(rows, "b", "a")
    assert there.difference == -back.difference
    assert there.difference_low == pytest.approx(-back.difference_high)
    assert there.p == back.p


def test_every_pair_on_its_own_common_scenes() -> None:
    pairs = compare_all(episodes(a="ssssssss", b="ffffffff", c="sf"))
    assert [(pair.first, pair.second, pair.scenes) for pair in pairs] == [
        ("a", "b", 8),
        ("a", "c", 2),
        ("b", "c", 2),
    ]
    assert pairs[0].p == pytest.approx(binomtest(8, 8).pvalue)
