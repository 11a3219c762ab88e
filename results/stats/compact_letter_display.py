"""Compact letter display: no significant difference between methods that share a letter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_lowercase


def compact_letter_display(ranked: Sequence[str], different: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Letters of each name in `ranked` (best first), such that exactly the pairs that differ share none.

    Insert and absorb: Piepho 2004, Journal of Computational and Graphical Statistics 13:456.
    """
    groups = [frozenset(ranked)]
    for pair in different:
        groups = _absorbed([part for group in groups for part in _split(group, pair)])
    groups.sort(key=lambda group: sorted(ranked.index(name) for name in group))
    return {
        name: "".join(_letter(place) for place, group in enumerate(groups) if name in group)
        for name in ranked
    }


def _split(group: frozenset[str], pair: tuple[str, str]) -> list[frozenset[str]]:
    return [group - {name} for name in pair] if set(pair) <= group else [group]


def _absorbed(groups: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Without repetitions and without groups that lie in another one."""
    unique = list(dict.fromkeys(groups))
    return [group for group in unique if not any(group < other for other in unique)]


def _letter(place: int) -> str:
    """`a` to `z`, then `a1`, `b1` and so on."""
    round_, letter = divmod(place, len(ascii_lowercase))
    return ascii_lowercase[letter] + (str(round_) if round_ else "")
