"""Attack studies again and again and compare them with one that was left alone.

`python tests/harness/soak.py` (some ten minutes on two cores; as root, or the full disk is left out) prints
a table of attacks, survived and failed, and exits with 1 unless all were survived:

- kills: workers, policy server, Ray's head and driver at random moments with SIGKILL,
- starts: the driver, or a part of Ray, in the first five seconds; nothing may be left ten seconds later,
- training: workers and drivers while torch trains,
- disk: a disk that real adapters and records fill, made larger bit by bit,
- stopped: workers that are stopped (SIGSTOP) past --stall-timeout.

The same command is given again whenever the driver is gone. An attack has failed where the driver ends with 1
or nothing goes on; a whole study, where an episode is lost, doubled or differs from the undisturbed study
in anything but times. An episode whose worker chance killed three times is an error by then, as it should
be: the last command retries those.
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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
DOUBLE = Path(__file__).parent / "double"
VICTIMS = {
    **{"worker": "ray::Worker", "server": "ray::PolicyServer"},
    **{"head": "gcs_server", "raylet": "raylet", "driver": ""},
}
WEIGHTS = {"worker": 12, "server": 4, "head": 1, "driver": 3}
"""Of 20 victims of `kills`; the head takes Ray's other processes and the workers with it."""

PATIENCE_S = 90.0
GONE_S = 10.0
FIRST_S = 5.0
TIMES = ("_s", "_hours", "_bytes", "digest", "ended", "ledger")
"""Endings of the fields in which two runs of the same study differ."""


@dataclass
class Soak:
    """One study, attacked in one way."""

    folder: Path
    flags: list[str]
    double: bool = True
    act_s: float = 0.1
    """Seconds of a query of the double's policy while the study is disturbed."""
    attacks: int = 0
    failed: list[str] = field(default_factory=list)
    wild: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.wild = self.folder / "wild"

    def start(self, out: Path, *flags: str, calm: bool = False) -> subprocess.Popen[bytes]:
        """The command that begins or goes on."""
        policy = "double" if self.double else "fake"
        study = ["--suite=fake", f"--policy={policy}", "--tasks=0-1", "--demos=8", *self.flags, *flags]
        paths = [str(DOUBLE)] * self.double + [str(ROOT)]
        return subprocess.Popen(
            [sys.executable, "-m", "harness.run", *study, "--workers=2", f"--out={out}"],
            cwd=self.folder,
            env=os.environ
            | {"HARNESS_CACHE": str(self.folder / "cache"), "PYTHONPATH": ":".join(paths)}
            | {"DOUBLE_ACT_S": str(0.0 if calm else self.act_s)},
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("ab"),
        )

    def attack(self, name: str, survived: bool) -> None:
        """Count an attack."""
        self.attacks += 1
        if not survived:
            self.failed.append(name)
        print(f"{self.folder.name} {self.attacks}: {name}, {len(lines(self.wild))} episodes", flush=True)

    def finish(self) -> None:
        """Let the attacked study end, and compare it with one that nobody disturbed."""
        for _ in range(3):
            if self.start(self.wild, calm=True).wait() == 0:
                break
        else:
            self.failed.append("the study does not end")
        self.start(self.wild, "--retry-errors", calm=True).wait()
        calm = self.folder / "calm"
        self.start(calm, calm=True).wait()
        self.failed += differences(self.wild, calm)


def kills(soak: Soak, count: int, rng: random.Random) -> None:
    """SIGKILL at random moments."""
    order = [kind for kind, weight in WEIGHTS.items() for _ in range(round(count * weight / 20))]
    rng.shuffle(order)
    driver = soak.start(soak.wild)
    for number, kind in enumerate(order, start=1):
        time.sleep(rng.uniform(0.0, 2.0))
        # Every other driver dies while it starts, the rest when there was something to record.
        wanted = len(lines(soak.wild)) + (number % 2 if kind == "driver" else 0)
        fell, deadline = False, time.monotonic() + PATIENCE_S
        while len(lines(soak.wild)) < wanted or not kill(driver, kind, rng):
            time.sleep(0.05)
            if driver.poll() == 0:
                raise SystemExit(f"the study ended after {number - 1} kills; give more --episodes")
            if driver.poll() is not None:
                fell |= driver.returncode == 1
                driver = soak.start(soak.wild)
            if time.monotonic() > deadline:
                fell = True
                break
        soak.attack(kind, not fell)
    driver.kill()
    driver.wait()


def starts(soak: Soak, count: int, rng: random.Random) -> None:
    """SIGKILL in the first seconds after the start: every other one the driver's."""
    for number in range(count):
        driver, began = soak.start(soak.wild), time.monotonic()
        time.sleep(rng.uniform(0.0, FIRST_S))
        kind = "driver" if number % 2 else rng.choice(["head", "raylet", "worker"])
        while time.monotonic() < began + FIRST_S and driver.poll() is None:
            family = descendants(driver)
            if kill(driver, kind, rng):
                break
            time.sleep(0.02)
        else:
            kind = f"{kind} (too late for)"
        recorded, deadline = len(lines(soak.wild)), time.monotonic() + PATIENCE_S
        while driver.poll() is None and len(lines(soak.wild)) < recorded + 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        status, goes_on = driver.poll(), time.monotonic() < deadline
        if status is None:
            family = descendants(driver)
            driver.send_signal(signal.SIGTERM)
            driver.wait()
        soak.attack(f"{kind}, status {status}", goes_on and status != 1 and all_gone(family))


def training(soak: Soak, count: int, rng: random.Random) -> None:
    """SIGKILL while networks are trained."""
    for number in range(count):
        driver, kind = soak.start(soak.wild), ("driver", "worker")[number % 2]
        logs, deadline = soak.wild / "logs", time.monotonic() + PATIENCE_S
        since = time.time()
        while not any(log.stat().st_mtime > since for log in logs.glob("*")):
            if driver.poll() is not None or time.monotonic() > deadline:
                return  # everything is trained
            time.sleep(0.02)
        time.sleep(rng.uniform(0.0, 0.5))
        survived = kill(driver, kind, rng)
        if kind == "worker":
            time.sleep(2.0)
            survived &= driver.poll() in (None, 0)
            driver.terminate()
        driver.wait()
        soak.attack(kind, survived)


def disk(soak: Soak, count: int, rng: random.Random) -> None:
    """A disk that is full, and a little larger every time."""
    mount = soak.folder / "disk"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "none", mount], check=True)
    soak.wild = mount / "wild"
    for number in range(1, count + 1):
        status = soak.start(soak.wild).wait()
        if status == 0:
            break
        last = (soak.folder / "log").read_text().splitlines()[-1]
        soak.attack(f"full with {96 * number} KiB", status == 2 and "No space left on device" in last)
        larger = f"remount,size={96 * (number + 1) if number < count else 65536}k"
        subprocess.run(["mount", "-o", larger, mount], check=True)


def stopped(soak: Soak, count: int, rng: random.Random) -> None:
    """SIGSTOP."""
    driver = soak.start(soak.wild)
    for _ in range(count):
        deadline, found = time.monotonic() + PATIENCE_S, list[psutil.Process]()
        wanted = len(lines(soak.wild)) + 3
        while not found or len(lines(soak.wild)) < wanted:
            assert time.monotonic() < deadline
            time.sleep(0.05)
            found = processes(driver, VICTIMS["worker"])
        victim = rng.choice(found)
        victim.send_signal(signal.SIGSTOP)
        soak.attack("worker stopped", all_gone([victim], PATIENCE_S))
    driver.terminate()
    driver.wait()


def processes(driver: subprocess.Popen[bytes], mark: str) -> list[psutil.Process]:
    """Descendants whose first word holds `mark`."""
    found = []
    for process in descendants(driver):
        with contextlib.suppress(psutil.NoSuchProcess):
            if mark in " ".join(process.cmdline()[:1]):
                found.append(process)
    return found


def descendants(driver: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """All that a driver started, directly or not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(driver.pid).children(recursive=True)
    return []


def kill(driver: subprocess.Popen[bytes], kind: str, rng: random.Random) -> bool:
    """Kill a victim; False where none of that kind was up."""
    if kind == "driver":
        driver.kill()
        driver.wait()
        return True
    victims = processes(driver, VICTIMS[kind])
    for victim in rng.sample(victims, min(1, len(victims))):
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
    return bool(victims)


def all_gone(family: list[psutil.Process], patience_s: float = GONE_S) -> bool:
    """Whether all of them end in time."""
    deadline = time.monotonic() + patience_s
    while any(is_alive(process) for process in family):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def is_alive(process: psutil.Process) -> bool:
    """Whether it is more than an entry that nobody has asked for."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def lines(out: Path, name: str = "episodes") -> list[dict[str, object]]:
    """The whole lines of a journal."""
    path = out / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]] if path.exists() else []


def differences(wild: Path, calm: Path) -> Iterator[str]:
    """What distinguishes the disturbed study from the other one."""
    for name, key, sound in (
        ("episodes", "episode_id", "success failure"),
        ("adaptations", "adapt_id", "done"),
    ):
        first = [row for row in lines(wild, name) if str(row["status"]) in sound.split()]
        second = {str(row[key]): untimed(row) for row in lines(calm, name)}
        disturbed = {str(row[key]): untimed(row) for row in first}
        if not second or len(first) != len(disturbed):
            yield f"{name}: {len(first) - len(disturbed)} doubled, {len(second)} undisturbed"
        if lost := sorted(second.keys() - disturbed.keys()):
            yield f"{name} lost: {lost[:3]}"
        if other := sorted(row for row in second.keys() & disturbed if second[row] != disturbed[row]):
            yield f"{name} that differ: {other[:3]}"
    if (wild / "tasks.md").read_bytes() != (calm / "tasks.md").read_bytes():
        yield "tables differ"


def untimed(row: dict[str, object]) -> dict[str, object]:
    """The row without what differs from run to run."""
    return {name: value for name, value in row.items() if not name.endswith(TIMES)}


def settings(
    folder: Path, episodes: int
) -> dict[Callable[[Soak, int, random.Random], None], tuple[Soak, int]]:
    """Every way of attacking, the study that is attacked, and how often."""
    amount = [f"--episodes={episodes}", "--method=frozen,steer", "--steps=2", "--batch-size=4"]
    served = [*amount, "--inference=server"]
    real = ["--method=full,steer", "--episodes=10", "--batch-size=16", "--inference=worker"]
    return {
        kills: (Soak(folder / "kills", served), 50),
        starts: (Soak(folder / "starts", amount), 20),
        training: (Soak(folder / "training", [*real, "--steps=400"], double=False), 8),
        disk: (Soak(folder / "disk", [*real, "--steps=20"], double=False), 8),
        stopped: (Soak(folder / "stopped", [*amount, "--stall-timeout=5"]), 3),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", help="names of attacks, separated by commas")
    parser.add_argument("--episodes", type=int, default=50, help="per task and method, at most 50")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    table = [f"{'attack':10} {'attacks':>7} {'survived':>8} {'failed':>6}"]
    with tempfile.TemporaryDirectory() as name:
        for way, (soak, count) in settings(Path(name), options.episodes).items():
            if options.only and way.__name__ not in options.only.split(","):
                continue
            if way is disk and os.getuid() != 0:
                continue
            try:
                way(soak, count, random.Random(options.seed))
                soak.finish()
            finally:
                if (soak.folder / "disk").is_mount():
                    subprocess.run(["umount", soak.folder / "disk"], check=True)
            failed = min(len(soak.failed), soak.attacks)
            table.append(f"{way.__name__:10} {soak.attacks:7} {soak.attacks - failed:8} {failed:6}")
            table += [f"    {each}" for each in soak.failed]
    print("\n".join(table))
    return any(line.startswith("    ") for line in table)


if __name__ == "__main__":
    sys.exit(main())
