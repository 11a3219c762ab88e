import numpy as np
import pytest

from baselines.selection import stability
from baselines.selection.problem import Problem
from harness.core import registry
from harness.core.errors import UserError
from harness.core.rng import derive_rng


def problem(clear: bool, episodes: int = 8) -> Problem:
    """Two of twelve heads hold the action, or none does."""
    rng = derive_rng("stability")
    count = 10 * episodes
    actions = rng.normal(size=(count, 4)).astype(np.float32)
    activations = rng.normal(size=(count, 3, 4, 4)).astype(np.float32)
    if clear:
        activations[:, 1, 2] = activations[:, 0, 1] = actions
    frame = np.tile(np.arange(10), episodes)
    return Problem(activations, actions, np.repeat(np.arange(episodes), 10), frame, 2, (5,))


def measured(clear: bool, name: str = "knn") -> dict:
    selector, asked = registry.find("selector", name), problem(clear)
    whole = selector.choose(asked, derive_rng(0))
    return stability.measure(selector, asked, whole, 6, derive_rng(1))


def test_heads_that_hold_the_action_are_found_again() -> None:
    found = measured(clear=True)
    assert (found["splits"], found["episodes"]) == (6, 4)
    assert found["jaccard"] == found["jaccard_with_all"] == 1.0
    assert found["frequency"][1][2] == found["frequency"][0][1] == 1.0
    assert np.sum(found["frequency"]) == pytest.approx(2)


def test_heads_that_hold_nothing_are_not() -> None:
    found = measured(clear=False)
    assert found["jaccard"] < 0.7
    assert abs(found["rank_correlation"]) < 0.7


def test_random_heads_overlap_by_chance_only() -> None:
    found = measured(clear=True, name="random")
    assert found["jaccard"] < 0.5


def test_overlap_by_chance() -> None:
    """Against counting: of the 66 pairs among 12 heads 20 share one with a given pair, and 1 shares both."""
    chosen = registry.find("selector", "knn").choose(problem(clear=True), derive_rng(0))
    by_chance = sum(shared / (4 - shared) * p for shared, p in ((1, 20 / 66), (2, 1 / 66)))
    assert chosen.overlap_by_chance == pytest.approx(by_chance)


def test_rank_correlation_leaves_out_what_is_missing() -> None:
    one = np.array([[1.0, 2, np.nan], [3, 4, 5]])
    other = np.array([[10.0, 20, 0], [30, 40, np.nan]])
    assert stability.rank_correlation(one, other) == pytest.approx(1)
    assert stability.rank_correlation(one, -other) == pytest.approx(-1)
    assert np.isnan(stability.rank_correlation(one, np.zeros_like(one)))


def test_too_few_demonstrations() -> None:
    selector, asked = registry.find("selector", "knn"), problem(clear=True, episodes=3)
    whole = selector.choose(asked, derive_rng(0))
    with pytest.raises(UserError, match="3 demonstrations cannot be split; give at least 4"):
        stability.measure(selector, asked, whole, 2, derive_rng(1))
