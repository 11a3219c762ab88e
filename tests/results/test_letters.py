"""Compact letters: exactly the pairs told apart share none."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from results.stats.letters import compact_letters

NAMES = ["a", "b", "c", "d", "e", "f"]


def test_chain() -> None:
    found = compact_letters(["a", "b", "c", "d"], [("a", "c"), ("a", "d"), ("b", "d")])
    assert found == {"a": "a", "b": "ab", "c": "bc", "d": "c"}


def test_nothing_and_everything_told_apart() -> None:
    assert compact_letters(["a", "b"], []) == {"a": "a", "b": "a"}
    assert compact_letters(["a", "b", "c"], combinations("abc", 2)) == {"a": "a", "b": "b", "c": "c"}
    assert compact_letters([], []) == {}


@given(st.sets(st.sampled_from(list(combinations(NAMES, 2)))))
def test_letters_say_what_was_told_apart(pairs: set[tuple[str, str]]) -> None:
    found = compact_letters(NAMES, sorted(pairs))
    for pair in combinations(NAMES, 2):
        shared = set(found[pair[0]]) & set(found[pair[1]])
        assert bool(shared) == (pair not in pairs)
