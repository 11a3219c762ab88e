"""The experts on the real simulator, from official initial states: minutes, so marked slow."""

import pytest

from benchmarks import expert_check
from harness.core import registry

SPATIAL, GOAL, LIFT = (
    registry.find("suite", name) for name in ("libero_spatial", "libero_goal", "robosuite_lift")
)
STATES = [0, 17, 34]


@pytest.mark.slow
@pytest.mark.parametrize("suite", ["libero_spatial", "libero_object"])
def test_pick_and_place_suites(suite):
    for task in range(10):
        attempts = expert_check.check(
            registry.find("suite", suite), task, "original", STATES, noise=False, sampled=False
        )
        assert all(each.success for each in attempts), (task, expert_check.describe(attempts))
        assert max(each.steps for each in attempts) < 200


@pytest.mark.slow
def test_goal_suite():
    wins = 0
    for task in range(10):
        attempts = expert_check.check(GOAL, task, "original", STATES, noise=False, sampled=False)
        wins += all(each.success for each in attempts)
    assert wins >= 8


@pytest.mark.slow
def test_a_disturbed_arm_still_succeeds():
    attempts = expert_check.check(SPATIAL, 5, "original", list(range(10)), noise=True, sampled=True)
    assert sum(each.success for each in attempts) >= 9


@pytest.mark.slow
def test_lift():
    attempts = expert_check.check(LIFT, 0, "original", STATES, noise=True, sampled=True)
    assert all(each.success for each in attempts)
    assert max(each.steps for each in attempts) < 60


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suite", "task"),
    [("libero_90", 42), ("libero_90", 88), ("libero_90", 33), ("libero_90", 35), ("libero_90", 39)],
)
def test_inserts_closes_and_turns_off(suite, task):
    attempts = expert_check.check(
        registry.find("suite", suite), task, "original", [0], noise=False, sampled=False
    )
    assert attempts[0].success
