"""The table of what experts solve: one row a task, written as it grows and continued where it ended."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.errors import UserError
from harness.core.files import write_whole

KEY = ("suite", "task", "assets", "episodes", "noise", "sampled", "expert")
"""What a row was measured on; `expert` is the digest of the expert's code."""
RESULTS = ("name", "success", "median_steps", "max_steps", "seconds", "failed", "error")
"""What was measured: counts, control steps, mean seconds an episode, initial states that failed."""
COLUMNS = (*KEY, *RESULTS)

Row = Mapping[str, str]


def read(path: Path) -> list[Row]:
    """Rows of an earlier run, none where there is no file. Raises UserError for another kind of table."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        rows: list[Row] = list(reader)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise UserError(f"--out {path}: not a table of expert successes; name a new file")
    return rows


def find(rows: Sequence[Row], key: Row) -> Row | None:
    """The row that was measured on `key` (columns `KEY`), if any."""
    return next((row for row in rows if all(row[column] == key[column] for column in KEY)), None)


def put(path: Path, rows: list[Row], row: Row) -> None:
    """Add `row` to `rows` and to the file; a row of the same task by other code gives way."""
    same = [column for column in KEY if column != "expert"]
    rows[:] = [each for each in rows if any(each[column] != row[column] for column in same)]
    rows.append(row)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue())
