"""What durability costs: `PYTHONPATH=. python tests/harness/bench.py`.

Prints how long a study with 10,000 finished episodes needs before its first new episode ends, how much of it
depends on their number, and what recording an episode takes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.records import Journal

ROOT = Path(__file__).parents[2]
DOUBLE = Path(__file__).parent / "double"
SEEDS, EPISODES = 25, 50
FINISHED = 4 * 2 * SEEDS * EPISODES
EPISODE_S = 4.0
"""A libero_spatial episode on one core, about (harness.plan.Costs)."""


def command(out: Path, episodes: int, *flags: str) -> list[str]:
    study = [
        "--suite=fake",
        "--policy=double",
        "--method=frozen,full",
        "--tasks=all",
        "--demos=2",
        "--steps=1",
    ]
    amount = [f"--seeds=0-{SEEDS - 1}", f"--episodes={episodes}", "--workers=2", f"--out={out}"]
    return [sys.executable, "-m", "harness.run", *study, *amount, *flags]


def finished_study(out: Path, environment: dict[str, str]) -> None:
    """A study of all episodes but the last of each task, made from the records of a short one."""
    subprocess.run(command(out, 1), env=environment, cwd=out.parent, check=True, capture_output=True)
    rows = list(Journal(out / "episodes.jsonl").rows())
    with (out / "episodes.jsonl").open("a") as file:
        for row in rows:
            for init_id in range(1, EPISODES - 1):
                identity = {
                    name: str(row[name]).replace(".i0.", f".i{init_id}.")
                    for name in ("episode_id", "scene_id")
                }
                file.write(json.dumps(row | identity | {"init_id": init_id}) + "\n")


def resume(out: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until the run directory is read and until the first new episode is recorded."""
    path = out / "episodes.jsonl"
    lines = path.read_bytes().count(b"\n")
    began = time.perf_counter()
    driver = subprocess.Popen(
        command(out, EPISODES),
        env=environment,
        cwd=out.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert driver.stderr
    while not driver.stderr.readline().startswith("run directory:"):
        assert driver.poll() is None
    opened = time.perf_counter() - began
    while path.read_bytes().count(b"\n") == lines and driver.poll() is None:
        time.sleep(0.01)
    first = time.perf_counter() - began
    driver.communicate()
    return opened, first


def recording(folder: Path, rows: int = 300) -> tuple[float, float]:
    """Seconds (wall, CPU) of recording one episode."""
    journal = Journal(folder / "x.jsonl")
    row = {f"field{number}": "a value of some length" for number in range(26)}
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(rows):
        journal.append(row)
    return (time.perf_counter() - wall) / rows, (time.process_time() - cpu) / rows


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | {"HARNESS_CACHE": str(folder / "cache"), "PYTHONPATH": f"{DOUBLE}:{ROOT}"}
        finished_study(folder / "run", environment)
        opened, first = resume(folder / "run", environment)
        wall, busy = recording(folder)
    print(f"resume after {FINISHED - 8 * SEEDS} episodes: run directory read after {opened:.2f} s, ", end="")
    print(f"first new episode recorded after {first:.2f} s (the difference is Ray and its workers)")
    share = wall / EPISODE_S
    print(f"recording an episode: {1000 * wall:.2f} ms ({1000 * busy:.2f} ms of CPU), ", end="")
    print(f"{share:.3%} of an episode of {EPISODE_S:.0f} s")


if __name__ == "__main__":
    main()
