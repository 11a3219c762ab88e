"""Kill a study again and again and compare it with one that was left alone.

`python tests/harness/soak.py --kills 50` (some minutes on two cores): kills workers,
policy server, Ray's head and driver at random moments with SIGKILL, gives the same command again
whenever the driver is dead, and exits with 1 unless every episode is recorded exactly once and the tables
are identical to the byte. An episode whose worker chance killed three times is an error by then, as it
should be: the last command retries those.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
DOUBLE = Path(__file__).parent / "double"
VICTIMS = {"worker": "ray::Worker", "server": "ray::PolicyServer", "head": "gcs_server", "driver": ""}
WEIGHTS = {"worker": 12, "server": 4, "head": 1, "driver": 3}
"""Of 20 victims; the head takes Ray's other processes and the workers with it."""

ACT_S = 0.1
"""Seconds of a query while the study is disturbed."""


def command(out: Path, episodes: int, *flags: str) -> list[str]:
    amount = ["--tasks=0-1", "--demos=8", "--steps=2", "--batch-size=4", f"--episodes={episodes}"]
    study = ["--suite=fake", "--policy=double", "--method=frozen,steer", "--inference=server"]
    return [sys.executable, "-m", "harness.run", *study, *amount, "--workers=2", f"--out={out}", *flags]


def start(out: Path, episodes: int, act_s: float, *flags: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(out, episodes, *flags),
        cwd=out.parent,
        env=os.environ
        | {"HARNESS_CACHE": str(out.parent / "cache"), "PYTHONPATH": f"{DOUBLE}:{ROOT}"}
        | {"DOUBLE_ACT_S": str(act_s)},
        stdout=subprocess.DEVNULL,
        stderr=(out.parent / f"{out.name}.log").open("ab"),
    )


def processes(driver: subprocess.Popen[bytes], mark: str) -> list[psutil.Process]:
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in psutil.Process(driver.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if mark in " ".join(process.cmdline()[:1]):
                    found.append(process)
    return found


def kill(driver: subprocess.Popen[bytes], kind: str, rng: random.Random) -> bool:
    """Kill a victim; False where none of that kind was up."""
    if kind == "driver":
        driver.kill()
        driver.wait()
        return True
    victims = processes(driver, VICTIMS[kind])
    for victim in rng.sample(victims, min(1, len(victims))):
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.send_signal(signal.SIGKILL)
    return bool(victims)


def lines(out: Path) -> list[dict[str, object]]:
    path = out / "episodes.jsonl"
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]] if path.exists() else []


def soak(folder: Path, kills: int, episodes: int, rng: random.Random) -> Counter[str]:
    """Disturb a study until enough was killed, then let it end; returns what was killed."""
    order = [kind for kind, weight in WEIGHTS.items() for _ in range(round(kills * weight / 20))]
    rng.shuffle(order)
    out, began = folder / "wild", time.monotonic()
    driver = start(out, episodes, act_s=ACT_S)
    for number, kind in enumerate(order, start=1):
        time.sleep(rng.uniform(0.0, 2.0))
        # Every other driver dies while it starts, the rest when there was something to record.
        wanted = len(lines(out)) + (number % 2 if kind == "driver" else 0)
        while len(lines(out)) < wanted or not kill(driver, kind, rng):
            time.sleep(0.05)
            if driver.poll() == 0:
                raise SystemExit(f"the study ended after {number - 1} kills; give more --episodes")
            if driver.poll() is not None:
                driver = start(out, episodes, act_s=ACT_S)
        since = time.monotonic() - began
        print(f"[{since:4.0f} s] {number}: {kind}, {len(lines(out))} episodes", flush=True)
    while driver.wait() != 0:
        driver = start(out, episodes, act_s=0.0)
    start(out, episodes, 0.0, "--retry-errors").wait()
    return Counter(order)


def differences(folder: Path, episodes: int) -> list[str]:
    """What distinguishes the disturbed study from the other one."""
    wild, calm = folder / "wild", folder / "calm"
    disturbed = [row for row in lines(wild) if row["status"] != "error"]
    undisturbed = lines(calm)
    found = []
    doubled = [key for key, count in Counter(row["episode_id"] for row in disturbed).items() if count > 1]
    found += [f"doubled: {doubled}"] if doubled else []
    missing = {row["episode_id"] for row in undisturbed} - {row["episode_id"] for row in disturbed}
    found += [f"lost: {sorted(map(str, missing))}"] if missing else []
    if len(undisturbed) != 4 * episodes:
        found.append(f"{len(undisturbed)} undisturbed episodes, not {4 * episodes}")
    names = sorted(table.name for table in calm.glob("*.csv"))
    found += [] if names else ["no tables"]
    return found + [f"{name} differs" for name in names if not same(wild / name, calm / name)]


def same(first: Path, second: Path) -> bool:
    return second.exists() and first.read_bytes() == second.read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--episodes", type=int, default=50, help="per task and method, at most 50")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if start(folder / "calm", options.episodes, act_s=0.0).wait() != 0:
            print((folder / "calm.log").read_text())
            return 1
        killed = soak(folder, options.kills, options.episodes, random.Random(options.seed))
        found = differences(folder, options.episodes)
        rows = lines(folder / "wild")
        errors = sum(row["status"] == "error" for row in rows)
    print(
        f"killed {killed.total()} ({dict(killed)}); {len(rows) - errors} episodes, {errors} errors retried, "
        f"{found or 'identical tables'}"
    )
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
