"""Records of a run as two DataFrames, joined on `adapt_id`."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.json as pj

from harness.core.errors import UserError
from harness.core.files import content
from harness.core.record_lines import opened, parsed
from harness.core.records import (
    ADAPTATION_COLUMNS,
    ADAPTATION_STATUSES,
    EPISODE_COLUMNS,
    EPISODE_STATUSES,
    AdaptationRow,
    Check,
    EpisodeRow,
    checks,
    names,
)
from harness.core.records import columns as columns_of
from harness.core.run_paths import RunPaths, check_format
from harness.core.schema import RECORD_FORMAT
from harness.core.terminal import one_line

STATUSES = {"episode_id": EPISODE_STATUSES, "adapt_id": ADAPTATION_STATUSES}
"""How an episode or an adaptation may have ended, by the key of its records."""


def load(path: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`(episodes, adaptations)` of a run directory; an error that was tried again counts as its last try.

    Raises UserError where `path` is no run directory, was written by a newer version, or holds a damaged
    line, an unknown status or two outcomes of one episode. A last line without an end, as a killed run
    leaves it, is left out.
    """
    directory, paths = Path(path), RunPaths(Path(path))
    if not paths.episodes.exists():
        raise UserError(f"{directory} holds no episodes.jsonl; give a run directory of harness.run")
    settings(directory)
    episodes = _frame(paths.episodes, EPISODE_COLUMNS, "episode_id")
    adaptations = _frame(paths.adaptations, ADAPTATION_COLUMNS, "adapt_id")
    return episodes, adaptations


def settings(directory: Path) -> dict[str, Any]:
    """study.json of a run directory; empty where there is none. Raises UserError where it cannot be read."""
    path = RunPaths(directory).settings
    if not path.exists():
        return {}
    try:
        found = parsed(content(path))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}); restore it or run the study anew") from None
    if not isinstance(found, dict):
        raise UserError(f"{path} is not a JSON object; restore it or run the study anew")
    check_format(directory, found.get("format", RECORD_FORMAT))
    return found


def _frame(path: Path, columns: Sequence[str], key: str) -> pd.DataFrame:
    record = EpisodeRow if key == "episode_id" else AdaptationRow
    lines = _lines(path)
    frame = _at_once(lines, record)
    if frame is None:
        frame = pd.DataFrame(_rows(path, lines))
    if "status" in frame:
        _check_statuses(path, frame, STATUSES[key])
    missing = [column for column in columns if column not in frame.columns]
    frame = frame.reindex(columns=[*frame.columns, *missing])
    for name in names(record, needed=True) if len(frame) else ():
        absent = frame.index[frame[name].isna()] if name in frame else frame.index
        if len(absent):
            raise UserError(f"{path}, line {absent[0] + 1} has no {name}; delete that line to go on")
    if key == "episode_id" and len(frame):
        _check_repeats(path, frame)
    wanted = checks(record)
    _check_values(path, frame, wanted)
    numbers = [name for name, check in wanted.items() if float in check.kinds]
    for column in frame.columns.intersection(numbers):
        frame[column] = pd.to_numeric(frame[column], errors="coerce")
    return frame.drop_duplicates(key, keep="last").reset_index(drop=True)


def _check_values(path: Path, frame: pd.DataFrame, wanted: Mapping[str, Check]) -> None:
    """Raise UserError where a column has a value that it may not have; NaN stands for a missing one."""
    for column in frame.columns.intersection(list(wanted)) if len(frame) else ():
        check, values = wanted[column], frame[column]
        if _all_admitted(values, check):
            continue
        for line, value in enumerate(values.tolist(), start=1):
            # One fraction, or one that is missing, makes floats of a whole column of whole numbers.
            own = int(value) if isinstance(value, float) and value.is_integer() else value
            if value == value and not (check.admits(value) or check.admits(own)):
                raise UserError(
                    f"{path}, line {line} has {column} {one_line(repr(value), 80)}, which no record of "
                    "harness.run has; delete that line to go on"
                )


def _all_admitted(values: pd.Series, check: Check) -> bool:
    """Whether it is plain at one look that all values may be there."""
    if isinstance(values.dtype, pd.StringDtype):
        in_names = check.about.in_names
        return str in check.kinds and (not in_names or all(map(check.admits, values.dropna().unique())))
    kinds = set(map(type, values.tolist()))
    if check.about.in_names or not kinds <= {*check.kinds, float}:
        return all(check.admits(value) for value in values.unique()) if kinds == {str} else False
    if kinds <= {str, type(None)}:
        return True
    numbers = pd.to_numeric(values, errors="coerce")
    outside = (numbers < check.about.least) | (numbers > check.about.most)
    return kinds <= {*check.kinds} and not outside.any()


def _check_statuses(path: Path, frame: pd.DataFrame, valid: Sequence[str]) -> None:
    """Raise UserError where a status is unknown."""
    unknown = frame.loc[~frame["status"].isin(valid), "status"]
    if len(unknown):
        raise UserError(
            f"{path}, line {unknown.index[0] + 1} has status {unknown.iloc[0]!r}; valid: "
            f"{', '.join(valid)}; delete that line to go on"
        )


def _check_repeats(path: Path, frame: pd.DataFrame) -> None:
    """Raise UserError where an episode that had its outcome has another one."""
    finished: dict[str, int] = {}
    repeated = frame[frame.duplicated("episode_id", keep=False)]
    for index, name, status in zip(repeated.index, repeated["episode_id"], repeated["status"], strict=True):
        if name in finished:
            raise UserError(
                f"{path}, line {index + 1} repeats the episode of line {finished[name]} ({name}), which was "
                "finished; delete one of the two to go on"
            )
        if status != "error":
            finished[name] = index + 1


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Every whole line of a JSONL file; empty where there is no file."""
    return _rows(path, _lines(path))


def _lines(path: Path) -> list[bytes]:
    """Whole lines without their digests; empty where there is no file."""
    return opened(path, content(path).split(b"\n")[:-1]) if path.exists() else []


DEEPEST = 100
"""Brackets in a line up to which it cannot be nested too deeply."""

ARROW = {"str": pa.string(), "int": pa.int64(), "float": pa.float64()}


def _at_once(lines: Sequence[bytes], record: type) -> pd.DataFrame | None:
    """Lines of flat records as a frame, in half the time that Python takes.

    None of records that hold lists, and where a line is no object or a value of another type than its column:
    `_rows` and `_check_values` then name it.
    """
    kinds = {one.name: ARROW.get(str(one.type).partition(" | ")[0]) for one, _ in columns_of(record)}
    text = b"\n".join(lines)
    if None in kinds.values() or b"NaN" in text or b"Infinity" in text:
        return None
    if any(line.count(b"[") + line.count(b"{") > DEEPEST for line in lines):  # Arrow would overflow the stack
        return None
    expected = pj.ParseOptions(explicit_schema=pa.schema(list(kinds.items())))
    block = pj.ReadOptions(use_threads=False, block_size=1 << 22)
    try:
        found = pj.read_json(pa.BufferReader(text), block, expected).to_pandas()
    except pa.ArrowInvalid:
        return None
    return found if len(found) == len(lines) else None


def _rows(path: Path, lines: Sequence[bytes]) -> list[dict[str, Any]]:
    """Every line as an object. Raises UserError that names a line that is none."""
    with contextlib.suppress(ValueError, TypeError):  # all at once is faster where nothing is wrong
        whole = parsed(b"[" + b",".join(lines) + b"]")
        if isinstance(whole, list) and list(map(type, whole)) == [dict] * len(lines):
            return whole
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row = parsed(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise UserError(f"{path}, line {number} is not a JSON object; delete that line to go on")
        rows.append(row)
    return rows
