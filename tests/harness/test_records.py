"""Records survive being killed, and missing numbers stay missing."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.suites._point import PointEnv, demonstrate
from benchmarks.suites.fake import FakeSuite
from harness.core.errors import UserError
from harness.core.files import disk_full, plain
from harness.records.demo_store import Attempt, DemoStore
from harness.records.directory_lock import DirectoryLock, is_locked
from harness.records.journal import Journal
from results.records.loading import read_lines

values = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
rows = st.lists(st.dictionaries(st.text(max_size=5), values, max_size=4), min_size=1, max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(rows, st.data())
def test_a_file_cut_anywhere_keeps_its_whole_lines(
    tmp_path: Path, rows: list[dict[str, object]], data: st.DataObject
) -> None:
    journal = Journal(tmp_path / "x.jsonl")
    journal.path.unlink(missing_ok=True)
    for row in rows:
        journal.append(row)
    assert list(journal.rows()) == rows
    content = journal.path.read_bytes()
    cut = data.draw(st.integers(0, len(content)))
    journal.path.write_bytes(content[:cut])
    journal.repair()
    kept = content[:cut].count(b"\n")
    assert list(journal.rows()) == rows[:kept]
    journal.append({"next": 1})
    assert list(journal.rows()) == [*rows[:kept], {"next": 1}]


@pytest.mark.parametrize("field", ["status", "method", "wall_s", "episode_id", "error", "digest"])
def test_every_altered_line_is_found(tmp_path: Path, field: str) -> None:
    """Whatever of it was altered, and by either reader; one that is as it was is read without its digest."""
    row = {"episode_id": "a", "method": "b", "status": "failure", "wall_s": 1.5, "error": ""}
    journal = Journal(tmp_path / "x.jsonl")
    for number in range(3):
        journal.append(row | {"init_id": number})
    assert read_lines(journal.path) == list(journal.rows()) == [row | {"init_id": n} for n in range(3)]
    lines = [json.loads(line) for line in journal.path.read_text().splitlines()]
    lines[1][field] = "success" if field != "wall_s" else 1.25
    journal.path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for read in (lambda: list(journal.rows()), lambda: read_lines(journal.path)):
        with pytest.raises(UserError, match="line 2 was altered after it was recorded; delete that line"):
            read()
    del lines[1]
    journal.path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [line["init_id"] for line in journal.rows()] == [0, 2]


def test_a_line_without_a_digest_among_others_is_found(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.jsonl")
    journal.append({"status": "failure"})
    with journal.path.open("a") as file:
        file.write('{"status": "success"}\n')
    with pytest.raises(UserError, match="line 2 was altered"):
        list(journal.rows())


@pytest.mark.parametrize("harm", ["cut", "missing", "note", "flipped", "swapped"])
def test_a_demonstration_that_is_not_what_was_recorded_is_made_again(tmp_path: Path, harm: str) -> None:
    """Seen before anything is computed, or refused once; then it counts as not made."""
    env = PointEnv(FakeSuite().tasks[1], 40, 16)
    store = DemoStore(tmp_path, "fake", "none", 16, "fast", "1")
    for seed in (0, 1):
        store.save(1, Attempt(seed, True, 5, 1.0), demonstrate(env, seed))
    first, second = store.path(1, 0), store.path(1, 1)
    content = first.read_bytes()
    if harm == "missing":
        first.unlink()
    elif harm == "note":
        first.with_suffix(".json").write_text('{"seed":')
    else:
        flipped = content[:500] + bytes([content[500] ^ 1]) + content[501:]
        first.write_bytes({"cut": content[:-100], "flipped": flipped, "swapped": second.read_bytes()}[harm])
    if harm in ("flipped", "swapped"):
        with pytest.raises(UserError, match=r"000000\.npz' is not the demonstration that was recorded"):
            store.load(1, 0)
    assert [attempt.seed for attempt in store.attempts(1)] == [1]
    assert store.load(1, 1).seed == 1


def test_damage_in_the_middle_is_named_not_guessed(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.jsonl")
    journal.path.write_text('{"a": 1}\n{"a"\n{"a": 3}\n')
    with pytest.raises(UserError, match="line 2 is not a JSON object"):
        list(journal.rows())


def test_not_a_number_is_null() -> None:
    row = {"x": float("nan"), "y": np.float32("inf"), "z": [np.int64(3), np.zeros(2)], "p": Path("a")}
    assert json.loads(json.dumps(plain(row))) == {"x": None, "y": None, "z": [3, [0.0, 0.0]], "p": "a"}


def test_a_second_driver_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    with DirectoryLock(tmp_path), pytest.raises(UserError, match="is in use by process"):
        DirectoryLock(tmp_path)
    DirectoryLock(tmp_path).release()


def test_a_killed_driver_holds_nothing_and_its_successor_is_named(tmp_path: Path) -> None:
    hold = f"""
from pathlib import Path
from harness.records.demo_store import Attempt, DemoStore
from harness.records.directory_lock import DirectoryLock, is_locked
lock = DirectoryLock(Path({str(tmp_path)!r}))
print("held", flush=True)
input()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UserError, match=f"in use by process {holder.pid};"):
        DirectoryLock(tmp_path)
    assert is_locked(tmp_path)
    holder.kill()
    holder.communicate()
    assert not is_locked(tmp_path)
    with DirectoryLock(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())


def test_a_full_disk_leaves_the_records_as_they_were(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.jsonl")
    journal.append({"first": 1})
    before = journal.path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))
    try:
        with pytest.raises(UserError, match=r"cannot write .*x.jsonl: File too large; .* make room"):
            journal.append({"second": "x" * 100})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert journal.path.read_bytes() == before
    journal.append({"third": 3})
    assert list(journal.rows()) == [{"first": 1}, {"third": 3}]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"k": "a", "status": "success"}\n[1]\n', "line 2 is not a JSON object"),
        ('{"k": "a", "status": "success"}\n{"status": "error"}\n', "line 2 has no k"),
        ('{"k": "a", "status": "succes"}\n', "line 1 has no k, or a status that is none of success,"),
        ('{"k": "a", "status": "success"}\n{"k": "a", "status": "failure"}\n', "line 2 repeats a of line 1"),
    ],
)
def test_records_that_were_edited_are_named_by_line(tmp_path: Path, text: str, complaint: str) -> None:
    journal = Journal(tmp_path / "x.jsonl")
    journal.path.write_text(text)
    with pytest.raises(UserError, match=complaint) as error:
        journal.statuses("k", once=True)
    assert "\n" not in str(error.value)


def test_an_error_may_be_followed_by_another_try(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.jsonl")
    for status in ("error", "error", "success"):
        journal.append({"k": "a", "status": status})
    assert journal.statuses("k", once=True) == {"a": "success"}


def test_a_full_disk_is_recognised_however_it_is_wrapped() -> None:
    assert disk_full(OSError(errno.ENOSPC, "x"))
    assert disk_full(RuntimeError("I/O error: No space left on device (os error 28)"))
    assert not disk_full(OSError(errno.ENOENT, "x"))
    assert not disk_full(ValueError("x"))
