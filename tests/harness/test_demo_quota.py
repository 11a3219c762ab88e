"""The demonstrations that are trained on do not depend on who made them, or when."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from harness.engine.demo_quota import DemoQuota
from harness.records.demo_store import Attempt


def satisfy(wanted: int, failing: set[int], workers: int, chunk: int, rng: random.Random) -> DemoQuota:
    """Let `workers` attempts run at a time and end in any order."""
    quota = DemoQuota(0, 2, wanted)
    running: list[tuple[int, ...]] = []
    while True:
        while len(running) < workers and (seeds := quota.take(chunk)):
            running.append(seeds)
        if not running:
            return quota
        for seed in running.pop(rng.randrange(len(running))):
            quota.add(Attempt(seed, seed not in failing, 10, 1.5))
            quota.chosen()


@given(
    st.integers(1, 12), st.sets(st.integers(2000, 2050)), st.integers(1, 4), st.integers(1, 6), st.randoms()
)
def test_first_successes_are_chosen_whatever_the_order(
    wanted: int, failing: set[int], workers: int, chunk: int, rng: random.Random
) -> None:
    quota = satisfy(wanted, failing, workers, chunk, rng)
    candidates = range(2000, 2000 + 3 * wanted + 10)
    good = [seed for seed in candidates if seed not in failing]
    if len(good) >= wanted:
        assert quota.chosen() == tuple(good[:wanted])
        assert quota.seconds == 1.5 * (good[wanted - 1] - 2000 + 1)
    else:
        assert quota.chosen() is None
        assert f"only {len(good)} times" in quota.broken


def test_no_more_is_attempted_than_needed() -> None:
    quota = DemoQuota(0, 0, 5)
    assert quota.take(3) == (0, 1, 2)
    assert quota.take(9) == (3, 4)
    assert quota.take(9) == ()
    quota.add(Attempt(1, False, 0, 1.0))
    assert quota.take(9) == (5,)


def test_what_an_earlier_study_made_is_used() -> None:
    quota = DemoQuota(0, 0, 2)
    for seed in range(5):
        quota.add(Attempt(seed, seed != 0, 10, 1.0))
    assert quota.take(9) == ()
    assert quota.chosen() == (1, 2)
