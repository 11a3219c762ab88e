"""Lists of ids as they are written on a command line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from harness.core.errors import UserError
from harness.core.formats import Format, shown

LARGEST = 999_999
"""An id has at most six digits, as in the names of files."""

RANGE = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")

MOST = 10_000
"""Ids that are asked for at once; more are a slip of the keyboard."""


def parse_ids(text: str) -> tuple[int, ...]:
    """`3`, `0,3`, `0-9` or a mixture -> increasing ids; `all` -> none. Raises ValueError."""
    if text.strip() == "all":
        return ()
    ids: set[int] = set()
    for part in text.split(","):
        found = RANGE.fullmatch(part.strip())
        if not found:
            raise ValueError(f"ids {shown(text)} are not of the form 0-9, 0,3 or all, from 0 to {LARGEST}")
        ids.update(_span(int(found[1]), int(found[2] or found[1])))
        if len(ids) > MOST:
            raise ValueError(f"{shown(text)} are more than {MOST} ids; ask for fewer at once")
    return tuple(sorted(ids))


def chosen(ids: Sequence[int], count: int, what: str, of: str) -> tuple[int, ...]:
    """`ids`, or all of `count` where there are none. Raises UserError where one is too large."""
    if ids and max(ids) >= count:
        raise UserError(f"no {what} {max(ids)} in {of}; valid: 0 to {count - 1}")
    return tuple(ids) or tuple(range(count))


def write_ids(ids: Iterable[int]) -> str:
    """Increasing ids as `parse_ids` reads them: `0-2,5`."""
    return ",".join(_ranges(ids)) or "all"


def _ranges(ids: Iterable[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(sorted(ids)), key=lambda pair: pair[1] - pair[0]):
        members = [value for _, value in run]
        yield str(members[0]) if len(members) == 1 else f"{members[0]}-{members[-1]}"


def _span(low: int, high: int) -> Sequence[int]:
    if not low <= high < low + MOST:
        raise ValueError(
            f"range {low}-{high} is empty or has more than {MOST} ids; write the smaller id first"
        )
    return range(low, high + 1)


def _some(text: str) -> tuple[int, ...]:
    if not (ids := parse_ids(text)):
        raise ValueError("there is no end of ids: name some, as 0-9 or 0,3")
    return ids


IDS = Format("IDS", parse_ids, write_ids)
"""Of things that are counted, such as the tasks of a suite."""

SEEDS = Format("IDS", _some, write_ids)
"""Of things without end."""
