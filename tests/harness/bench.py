"""What durability costs: `PYTHONPATH=. python tests/harness/bench.py`.

Prints how long a study with 10,000 finished episodes needs before its first new episode begins, and which
processes took how much of a processor until then; what recording an episode takes; and how long
`harness.compare` takes with 100,000 episodes. On a busy machine processor time is what to look at.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import psutil

from harness.core.record_lines import sealed
from harness.records.journal import Journal

ROOT = Path(__file__).parents[2]
DOUBLE = Path(__file__).parent / "double"
SEEDS, EPISODES = 25, 50
FINISHED = 4 * 2 * SEEDS * EPISODES
EPISODE_S = 4.0
"""A libero_spatial episode on one core, about (harness.forecast.costs.Costs)."""


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
    with (out / "episodes.jsonl").open("ab") as file:
        for row in rows:
            for init_id in range(1, EPISODES - 1):
                another = row | moved(row, ".i0.", f".i{init_id}.") | {"init_id": init_id}
                file.write(sealed(another) + b"\n")


def moved(row: dict[str, object], old: str, new: str) -> dict[str, str]:
    """The identity of another episode."""
    return {name: str(row[name]).replace(old, new) for name in ("episode_id", "scene_id", "twin_id")}


def resume(out: Path, environment: dict[str, str]) -> tuple[float, float, Counter[str]]:
    """Seconds until the run directory is read and until the first new episode begins; processor seconds of
    each kind of process when it is recorded."""
    path = out / "episodes.jsonl"
    lines = path.read_bytes().count(b"\n")
    clock, began = time.time(), time.perf_counter()
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
        assert driver.poll() is None, driver.communicate()
    opened = time.perf_counter() - began
    while path.read_bytes().count(b"\n") == lines and driver.poll() is None:
        time.sleep(0.01)
    busy = processors(psutil.Process(driver.pid))
    driver.communicate()
    first = json.loads(path.read_bytes().split(b"\n")[lines])
    return opened, datetime.fromisoformat(first["ended"]).timestamp() - first["wall_s"] - clock, busy


def processors(driver: psutil.Process) -> Counter[str]:
    """Processor seconds of a driver and its descendants, by the first word of what they call themselves."""
    found: Counter[str] = Counter()
    for process in (driver, *driver.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            spent, name = process.cpu_times(), Path(process.cmdline()[0]).name.partition(".")[0]
            found["driver" if process == driver else name] += spent.user + spent.system
    return found


def compare(run: Path, times: int) -> tuple[int, float, float]:
    """Episodes, seconds and processor seconds of comparing methods when a study has `times` the seeds."""
    rows = list(Journal(run / "episodes.jsonl").rows())
    with (run / "episodes.jsonl").open("wb") as file:
        for repeat in range(times):
            for row in rows:
                seed = int(row["seed"]) + repeat * SEEDS
                another = row | moved(row, f".s{row['seed']}", f".s{seed}") | {"seed": seed}
                file.write(sealed(another) + b"\n")
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "harness.compare", str(run)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return times * len(rows), wall, busy


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
        opened, first, busy = resume(folder / "run", environment)
        print(
            f"resume after {FINISHED - 8 * SEEDS} episodes: run directory read after {opened:.2f} s, ", end=""
        )
        print(f"first new episode begins after {first:.2f} s")
        spent = ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in busy.most_common())
        print(f"processor until then: {busy.total():.2f} s ({spent})")
        wall, used = recording(folder)
        print(f"recording an episode: {1000 * wall:.2f} ms ({1000 * used:.2f} ms of CPU), ", end="")
        print(f"{wall / EPISODE_S:.3%} of an episode of {EPISODE_S:.0f} s")
        count, wall, used = compare(folder / "run", times=10)
        print(f"compare {count} episodes: {wall:.2f} s ({used:.2f} s of CPU)")


if __name__ == "__main__":
    main()
