"""Spread over tasks, adaptations and scenes, found again in simulated records."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from harness.core.rng import derive_rng
from results.stats.design import Design
from results.stats.logit_normal import Spread
from results.stats.simulate import outcomes
from results.stats.variance_components import adaptation_from_differences, components, spread


def records(won: np.ndarray) -> pd.DataFrame:
    """Episodes of one study [methods, tasks, seeds, episodes]."""
    method, task, seed, scene = (axis.ravel() for axis in np.indices(won.shape))
    frame = pd.DataFrame({"method": method, "task_id": task, "seed": seed, "scene": scene})
    frame["method"] = "m" + frame["method"].astype(str)
    frame["scene_id"] = [f"t{t}.s{s}.i{i}" for t, s, i in zip(task, seed, scene, strict=True)]
    frame["adapt_id"] = frame["method"] + [f".t{t}.s{s}" for t, s in zip(task, seed, strict=True)]
    return frame.assign(status=np.where(won.ravel(), "success", "failure"))


def simulated(design: Design, truth: Spread, *name: object) -> np.ndarray:
    return next(outcomes(design, truth, [0.0, 0.0], 1, derive_rng("components", *name)))[0][0]


def test_components_of_a_large_study() -> None:
    truth = Spread(rate=0.6, adaptation=0.7, task=1.0, scene=0.8)
    found = components(records(simulated(Design(60, 12, 40), truth)), "m0")
    assert (found.tasks, found.adaptations, found.episodes) == (60, 720, 40)
    wanted = truth.moments()
    for name in ("task", "adaptation", "scene", "episode"):
        assert getattr(found.moments, name) == pytest.approx(getattr(wanted, name), rel=0.25)
    fitted = spread(found.moments)
    assert fitted.adaptation == pytest.approx(0.7, abs=0.08)
    assert fitted.task == pytest.approx(1.0, abs=0.25)
    assert fitted.scene == pytest.approx(0.8, abs=0.1)


def test_the_model_is_found_again_from_its_moments() -> None:
    truth = Spread(rate=0.8, adaptation=0.3, task=1.4, scene=0.6)
    found = spread(truth.moments())
    assert (found.rate, found.adaptation, found.task, found.scene) == pytest.approx(
        (0.8, 0.3, 1.4, 0.6), abs=1e-3
    )


def test_adaptations_by_hand() -> None:
    # One task, rates .5 and 1 of four episodes: variance .125, of it (1/3 + 0) / 2 / 4 from the episodes.
    won = np.array([[[[True, False, True, False], [True] * 4]]])
    found = components(records(won), "m0").moments
    assert found.adaptation == pytest.approx(0.125 - (1 / 3) / 2 / 4)
    assert found.rate == pytest.approx(0.75)
    assert math.isnan(found.task)
    assert math.isnan(found.scene)


def test_one_seed_tells_nothing_of_adaptations() -> None:
    found = components(records(simulated(Design(6, 1, 20), Spread())), "m0").moments
    assert math.isnan(found.adaptation)
    assert spread(found).adaptation == Spread().adaptation


def test_one_seed_of_two_methods_tells_it_from_differences() -> None:
    truth = Spread(adaptation=1.0)
    won = simulated(Design(400, 1, 50), truth)
    rates = won.mean(axis=-1)
    found = adaptation_from_differences(rates[0] - rates[1], truth.moments(), 50)
    assert found == pytest.approx(truth.moments().adaptation, rel=0.2)


def test_estimates_are_never_below_0() -> None:
    found = components(records(simulated(Design(5, 2, 5), Spread(adaptation=0.0, task=0.0), 3)), "m0").moments
    assert min(found.task, found.adaptation, found.scene) >= 0


def test_nothing_of_an_unknown_method() -> None:
    found = components(records(simulated(Design(2, 2, 2), Spread())), "other")
    assert math.isnan(found.moments.rate)
    with pytest.raises(ValueError, match="shows no spread"):
        spread(found.moments)
