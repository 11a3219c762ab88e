"""What a design detects: moments of the model by simulation, reference figures, the best use of a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import nct, t

from harness.core.rng import derive_rng
from results.stats.design import Design, detectable, effect_of, options, power
from results.stats.logit_normal import Spread, expit, pair

SPREAD = Spread()


def test_moments_are_what_sampling_finds() -> None:
    rng = derive_rng("moments of the logit-normal model")
    task = rng.normal(0, SPREAD.task, (4000, 1, 1))
    luck = rng.normal(0, SPREAD.adaptation, (4000, 20, 1))
    scene = rng.normal(0, SPREAD.scene, (4000, 1, 60))
    p = expit(SPREAD.base + task + luck + scene)
    by_task = p.mean(axis=(1, 2))
    found = SPREAD.moments()
    assert found.rate == pytest.approx(0.6, abs=1e-6)
    assert by_task.mean() == pytest.approx(found.rate, abs=0.01)
    assert p.mean(axis=2).var(axis=1, ddof=1).mean() == pytest.approx(found.adaptation, rel=0.05)
    assert p.mean(axis=1).var(axis=1, ddof=1).mean() == pytest.approx(found.scene, rel=0.05)
    inner = p.mean(axis=2)
    assert (inner * (1 - inner)).mean() == pytest.approx(found.episode, rel=0.02)


def test_equal_methods_as_a_pair() -> None:
    found, one = pair(SPREAD, 0.0), SPREAD.moments()
    assert found.difference == pytest.approx(0, abs=1e-12)
    assert found.task == pytest.approx(0, abs=1e-12)
    assert found.adaptation == pytest.approx(2 * one.adaptation)
    assert found.episode == pytest.approx(2 * (one.episode - one.scene))


def test_reference_figures() -> None:
    # As many episodes of one method: one seed of 50 shows 14.4 points, five seeds of 10 show 9 to 10.
    assert detectable(Design(10, 1, 50), SPREAD) == pytest.approx(0.144, abs=0.006)
    assert 0.0895 < detectable(Design(10, 5, 10), SPREAD) < 0.1


def test_one_seed_is_the_noncentral_t() -> None:
    design = Design(8, 1, 20)
    shift = 0.2 / design.error(pair(SPREAD, effect_of(SPREAD, 0.2)))
    critical = t.isf(0.025, 7)
    exact = nct.sf(critical, 7, shift) + nct.cdf(-critical, 7, shift)
    assert power(design, SPREAD, 0.2) == pytest.approx(exact, abs=0.006)


def test_power_at_the_ends() -> None:
    assert power(Design(10, 3, 10), SPREAD, 0.0) == pytest.approx(0.05, abs=0.005)
    assert power(Design(4, 1, 50), SPREAD, 0.3) == 0.0
    assert math.isnan(power(Design(10, 3, 10), SPREAD, 0.95))
    assert math.isnan(detectable(Design(4, 1, 50), SPREAD))
    assert math.isnan(detectable(Design(1, 2, 10), SPREAD))


def test_detectable_is_found_in_four_of_five() -> None:
    for design in (Design(5, 1, 10), Design(10, 2, 10), Design(3, 5, 20)):
        assert power(design, SPREAD, detectable(design, SPREAD)) == pytest.approx(0.8, abs=0.001)
        strict = detectable(design, SPREAD, alpha=0.05 / 3)
        assert strict > detectable(design, SPREAD)


def test_more_of_anything_detects_less() -> None:
    base = detectable(Design(6, 2, 10), SPREAD)
    for more in (Design(9, 2, 10), Design(6, 3, 10), Design(6, 2, 20)):
        assert detectable(more, SPREAD) < base


def test_options_fit_the_time_and_the_best_is_first() -> None:
    found = options(SPREAD, tasks=10, seconds=40_000, adaptation_s=100, episode_s=5)
    assert all(one.seconds <= 40_000 for one in found)
    assert [one.detectable for one in found] == sorted(one.detectable for one in found)
    assert found[0].design.seeds > 5
    assert len({one.design.episodes for one in found}) == len(found)


def test_dear_adaptations_take_more_episodes_each() -> None:
    cheap = options(SPREAD, 10, 100_000, adaptation_s=1, episode_s=20)[0].design
    dear = options(SPREAD, 10, 100_000, adaptation_s=2000, episode_s=20)[0].design
    assert cheap.episodes < dear.episodes
    assert cheap.seeds > dear.seeds


def test_options_of_too_little_time() -> None:
    assert options(SPREAD, 10, 100, adaptation_s=100, episode_s=5) == []
    assert options(SPREAD, 4, 1500, adaptation_s=100, episode_s=5, episodes=(10,)) == []


def test_effect_of_a_difference() -> None:
    effect = effect_of(SPREAD, 0.1)
    assert pair(SPREAD, effect).difference == pytest.approx(0.1)
    assert np.isnan(effect_of(SPREAD, 0.91))
