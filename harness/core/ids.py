"""Lists of ids as they are written on a command line."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.errors import UserError


def parse_ids(text: str, count: int | None, what: str, suite: str) -> tuple[int, ...]:
    """`all`, `3`, `0,3`, `0-9` or a mixture -> increasing ids, all below `count`."""
    valid = f"0 to {count - 1}" if count else "0 and above"
    if text == "all" and count:
        return tuple(range(count))
    ids: set[int] = set()
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        if not (low.isdecimal() and (high.isdecimal() if dash else True)):
            raise UserError(f"{what} ids {text!r} are not of the form 0-9 or 0,3; valid: {valid}")
        ids.update(_span(int(low), int(high or low), what))
    if count and max(ids) >= count:
        raise UserError(f"no {what} {max(ids)} in {suite}; valid: {valid}")
    return tuple(sorted(ids))


def _span(low: int, high: int, what: str) -> Sequence[int]:
    if not low <= high <= low + 10_000:
        raise UserError(f"{what} range {low}-{high} is empty or too long; write the smaller id first")
    return range(low, high + 1)
