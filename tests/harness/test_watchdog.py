"""A process that hangs ends itself and says where; scratch directories outlive nobody."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from harness.cluster.tempdirs import Scratch, sweep
from harness.engine.watchdog import last_word

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
