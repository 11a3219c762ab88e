"""Append-only records: one JSON line an event, on disk before the next one starts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.core.errors import UserError
from harness.core.files import cannot_write, content, plain, sync
from harness.core.record_lines import opened, parsed, sealed
from harness.core.records import (
    ADAPTATION_STATUSES,
    EPISODE_STATUSES,
    AdaptationRow,
    Check,
    EpisodeRow,
    checks,
)
from harness.core.terminal import one_line

STATUSES = tuple(dict.fromkeys((*EPISODE_STATUSES, *ADAPTATION_STATUSES)))

EPISODE_FIELDS = checks(EpisodeRow)
ADAPTATION_FIELDS = checks(AdaptationRow)
"""Column -> what its values may be."""


class Journal:
    """A JSONL file that survives being killed while a line is written, and a disk that fills up."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one line and wait until the disk has it.

        Raises UserError where it cannot be written; the file is then as it was before.
        """
        line = sealed(plain(row)) + b"\n"
        try:
            new = not self.path.exists()
            with self.path.open("ab", buffering=0) as file:
                _append_whole(file.fileno(), line)
            if new:
                sync(self.path.parent)
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def repair(self) -> None:
        """Cut off a last line that has no end: its event counts as not having happened."""
        if not self.path.exists():
            return
        data = content(self.path)
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            with self.path.open("r+b") as file:
                file.truncate(whole)

    def lines(self) -> int:
        """Number of whole lines, whatever they hold."""
        return content(self.path).count(b"\n") if self.path.exists() else 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every whole line. Raises UserError with the line number where a line is not a JSON object."""
        if not self.path.exists():
            return
        lines = opened(self.path, content(self.path).split(b"\n")[:-1])
        for number, line in enumerate(lines, start=1):
            try:
                row = parsed(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise UserError(
                    f"{self.path}, line {number} is not a JSON object; delete that line to go on"
                ) from None
            yield row

    def statuses(
        self, key: str, *, once: bool, fields: Mapping[str, Check] = MappingProxyType({})
    ) -> dict[str, str]:
        """The last status of every `key`. With `once`, only an error may be followed by another try.

        Raises UserError with the line number where a line has no key or status, something else than one of
        `fields` admits, or repeats a result.
        """
        found: dict[str, str] = {}
        lines: dict[str, int] = {}
        for number, row in enumerate(self.rows(), start=1):
            name, status = row.get(key), row.get("status")
            if not isinstance(name, str) or status not in STATUSES:
                raise UserError(
                    f"{self.path}, line {number} has no {key}, or a status that is none of "
                    f"{', '.join(STATUSES)}; delete that line to go on"
                )
            for field, check in fields.items():
                if not check.admits(row.get(field)):
                    value = one_line(repr(row.get(field)), 80)
                    raise UserError(
                        f"{self.path}, line {number} has {field} {value}, which no episode has; "
                        "delete that line to go on"
                    )
            if once and found.get(name, "error") != "error":
                raise UserError(
                    f"{self.path}, line {number} repeats {name} of line {lines[name]}; delete one of the two"
                )
            found[name], lines[name] = str(status), number
        return found


def _append_whole(descriptor: int, data: bytes) -> None:
    """All of `data` or nothing: a part that was written before the disk was full is cut off again."""
    before = os.fstat(descriptor).st_size
    try:
        written = 0
        while written < len(data):
            written += os.write(descriptor, data[written:])
        os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, before)
        raise
