"""Power of exact McNemar by simulation and against planning figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from harness.core.rng import derive_rng
from results.stats.power import POWER, approximate_power, detectable, power


def test_power_is_what_simulation_finds() -> None:
    rng = derive_rng("power")
    draws = rng.multinomial(60, [0.25, 0.07, 0.68], size=1500)
    known = {}
    for one, other in {(int(a), int(b)) for a, b, _ in draws}:
        known[one, other] = one + other > 0 and binomtest(one, one + other).pvalue <= 0.05
    found = np.mean([known[int(a), int(b)] for a, b, _ in draws])
    assert power(60, 0.32, 0.18) == pytest.approx(found, abs=0.035)


def test_planning_figure() -> None:
    # Discordant 15% and 5%: 155 pairs for 80% by Connor's formula, which the exact test needs a few more of.
    assert approximate_power(155, 0.2, 0.1) == pytest.approx(POWER, abs=0.002)
    assert power(155, 0.2, 0.1) == pytest.approx(0.76, abs=0.01)
    assert detectable(155, 30) == pytest.approx(0.104, abs=0.002)


def test_few_pairs_show_nothing() -> None:
    assert math.isnan(detectable(5, 5))
    assert 0.9 < detectable(6, 3) <= 1.0


def test_more_episodes_show_less() -> None:
    shown = [detectable(count, count // 5) for count in (10, 50, 200, 400, 500, 2000, 100_000)]
    assert shown == sorted(shown, reverse=True)
    assert shown[-1] < 0.01


def test_exact_and_approximate_meet() -> None:
    for share in (0.05, 0.2, 0.5):
        assert power(400, share, 0.08) == pytest.approx(approximate_power(400, share, 0.08), abs=0.05)
