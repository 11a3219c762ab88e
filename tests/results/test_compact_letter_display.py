"""Compact letter display: exactly the pairs that differ share none."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from results.stats.compact_letter_display import compact_letter_display

NAMES = ["a", "b", "c", "d", "e", "f"]


def test_chain() -> None:
    found = compact_letter_display(["a", "b", "c", "d"], [("a", "c"), ("a", "d"), ("b", "d")])
    assert found == {"a": "a", "b": "ab", "c": "bc", "d": "c"}


def test_nothing_and_everything_different() -> None:
    assert compact_letter_display(["a", "b"], []) == {"a": "a", "b": "a"}
    assert compact_letter_display(["a", "b", "c"], combinations("abc", 2)) == {"a": "a", "b": "b", "c": "c"}
    assert compact_letter_display([], []) == {}


@given(st.sets(st.sampled_from(list(combinations(NAMES, 2)))))
def test_letters_say_what_differs(pairs: set[tuple[str, str]]) -> None:
    found = compact_letter_display(NAMES, sorted(pairs))
    for pair in combinations(NAMES, 2):
        shared = set(found[pair[0]]) & set(found[pair[1]])
        assert bool(shared) == (pair not in pairs)
