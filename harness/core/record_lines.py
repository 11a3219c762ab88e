"""Lines of a journal: JSON objects, each with the digest of itself, so that an altered one is found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import NoReturn

from harness.core.errors import UserError

DIGITS = 16
NAME = b'"digest": "'
TAIL = len(NAME) + DIGITS + len(b'"}')
"""Bytes of the digest at the end of a line."""


def sealed(row: Mapping[str, object]) -> bytes:
    """The line of a record, without its end: `row` and, as the last member, the digest of all before it."""
    text = json.dumps(row, allow_nan=False).encode()
    comma = b", " if row else b""
    return text[:-1] + comma + NAME + _digest(text) + b'"}'


def opened(path: Path, lines: list[bytes]) -> list[bytes]:
    """`lines` of the file `path` without their digests.

    Raises UserError with the line number where one does not have the digest of itself. A file none of whose
    lines has one was not written by a study, and is taken as it is.
    """
    found = [_opened(line) for line in lines]
    if None in found and any(line[-TAIL:].startswith(NAME) for line in lines):
        line = found.index(None) + 1
        raise UserError(f"{path}, line {line} was altered after it was recorded; delete that line to go on")
    return [line if own is None else own for line, own in zip(lines, found, strict=True)]


def unsealed(line: bytes) -> bytes:
    """A line that `sealed` made, without its digest. Raises ValueError where it is another one."""
    if (own := _opened(line)) is None:
        raise ValueError("it does not have the digest of itself")
    return own


def parsed(line: bytes | str) -> object:
    """What JSON says. Raises ValueError, also for nesting too deep and for numbers that are none."""
    try:
        return json.loads(line, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _opened(line: bytes) -> bytes | None:
    body, tail = line[:-TAIL], line[-TAIL:]
    text = body.removesuffix(b", ") + b"}"
    return text if tail == NAME + _digest(text) + b'"}' else None


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=DIGITS // 2).hexdigest().encode()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
