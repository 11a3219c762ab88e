"""A process that hangs ends itself and says where; scratch directories outlive nobody."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.cluster.tempdirs import MARKER, Scratch, own_folder, sweep
from harness.core.errors import UserError
from harness.engine.watchdog import last_word, silent_s

HANGS = """
import sys, time
from pathlib import Path
from harness.engine.watchdog import Watchdog
dog = Watchdog(Path(sys.argv[1]), 0.5)
for _ in range(4):
    dog.alive()
    time.sleep(0.25)
dog.rest()
time.sleep(0.75)
print("rested", flush=True)
def ponder():
    time.sleep(60)
dog.alive()
ponder()
"""

KEEPS = """
import sys, time
from harness.cluster.tempdirs import Scratch
kept = Scratch("harness-test-", sys.argv[1])
print(kept.path, flush=True)
time.sleep(60)
"""


def test_a_hanging_process_ends_and_leaves_word(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(HANGS)
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "hung")],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        text=True,
    )
    output, _ = process.communicate(timeout=60)
    assert output == "rested\n"
    assert process.returncode == 1
    assert last_word(tmp_path / "hung", process.pid).startswith("script.py:13 in ponder < script.py:15 in")
    assert last_word(tmp_path / "hung", 1) == ""
    assert silent_s(tmp_path / "hung", process.pid) < 60
    assert silent_s(tmp_path / "hung", 1) == float("inf")


def test_a_killed_process_leaves_no_directory() -> None:
    command = [sys.executable, "-c", KEEPS, str(time.time_ns())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    path = Path(process.stdout.readline().strip())
    (path / "file").write_text("large")
    sweep(path.parent, "harness-test-")
    assert path.exists()
    process.kill()
    process.wait()
    ours = Scratch("harness-test-", str(time.time_ns()))
    assert not path.exists()
    assert ours.path.exists()
    ours.remove()
    assert not ours.path.exists()


@pytest.mark.parametrize("name", ["ray-results", "harness-mine"])
def test_a_run_directory_with_the_name_of_a_scratch_directory_is_not_swept(name: str) -> None:
    for parent in (Path("/tmp"), own_folder()):
        run = parent / f"{name}-{time.time_ns()}"
        run.mkdir()
        try:
            for file in (".lock", "study.json", "episodes.jsonl"):
                (run / file).write_text("{}")
            Scratch("ray-", str(time.time_ns())).remove()
            Scratch("harness-", str(time.time_ns())).remove()
            assert {path.name for path in run.iterdir()} == {".lock", "study.json", "episodes.jsonl"}
        finally:
            subprocess.run(["rm", "-r", str(run)], check=True)


def test_a_sweep_follows_no_links_and_leaves_what_is_held(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "run"
    for folder in (elsewhere, root / "ray-linked-marker", root / "ray-held", root / "ray-gone"):
        folder.mkdir(parents=True)
        (folder / "episodes.jsonl").write_text("{}")
    for folder in (elsewhere, root / "ray-held", root / "ray-gone"):
        (folder / MARKER).touch()
    (root / "ray-link").symlink_to(elsewhere)
    (root / "ray-linked-marker" / MARKER).symlink_to(elsewhere / MARKER)
    (root / "ray-gone" / "inside").symlink_to(elsewhere)
    with (root / "ray-held" / MARKER).open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        sweep(root, "ray-")
    assert not (root / "ray-gone").exists()
    for folder in (elsewhere, root / "ray-linked-marker", root / "ray-held", root / "ray-link"):
        assert (folder / "episodes.jsonl").exists()


def test_somebody_else_s_folder_is_refused(tmp_path: Path) -> None:
    folder = own_folder(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    with pytest.raises(UserError, match="not a directory of this user alone"):
        own_folder(tmp_path)
    folder.rmdir()
    (tmp_path / "real").mkdir(mode=0o700)
    os.symlink(tmp_path / "real", folder)
    with pytest.raises(UserError, match="not a directory of this user alone"):
        own_folder(tmp_path)
