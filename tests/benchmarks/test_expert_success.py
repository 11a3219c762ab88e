"""The experts on the real simulator, from official initial states: minutes, so marked slow."""

import pytest

from benchmarks import expert_check

STATES = [0, 17, 34]


@pytest.mark.slow
@pytest.mark.parametrize("suite", ["libero_spatial", "libero_object"])
def test_pick_and_place_suites(suite):
    for task in range(10):
        outcomes = expert_check.check(suite, task, "builtin", STATES, noise=False, sampled=False)
        assert all(outcome.success for outcome in outcomes), (task, expert_check.describe(outcomes))
        assert max(outcome.steps for outcome in outcomes) < 200


@pytest.mark.slow
def test_goal_suite():
    wins = 0
    for task in range(10):
        outcomes = expert_check.check("libero_goal", task, "builtin", STATES, noise=False, sampled=False)
        wins += all(outcome.success for outcome in outcomes)
    assert wins >= 8


@pytest.mark.slow
def test_a_disturbed_arm_still_succeeds():
    outcomes = expert_check.check("libero_spatial", 5, "builtin", list(range(10)), noise=True, sampled=True)
    assert sum(outcome.success for outcome in outcomes) >= 9


@pytest.mark.slow
def test_lift():
    outcomes = expert_check.check("robosuite_lift", 0, "auto", STATES, noise=True, sampled=True)
    assert all(outcome.success for outcome in outcomes)
    assert max(outcome.steps for outcome in outcomes) < 60
