"""What a worker process holds in memory, and how two of them share a machine."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.perf.timing import Row, Timer

POLICY = "pi0-small"
WORK_S = 15.0
"""Seconds for which workers run side by side."""


def memory_mib() -> tuple[float, float]:
    """Resident and unshared memory of this process, MiB; the latter is what one more such process costs."""
    sizes = {}
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]:
        name, kib = line.split()[:2]
        sizes[name.rstrip(":")] = int(kib) / 1024
    return sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


def worker(assets: str, seconds: float) -> None:
    """Become a worker stage by stage, wait for a line on standard input, then work; prints JSON."""
    stages = {"interpreter": memory_mib()[1]}
    from harness.core import registry
    from harness.core.keys import EpisodeKey

    suite = registry.find("suite", "libero_spatial")
    env = suite.make_env(0, assets=assets, image_size=128, render="fast", engine="fast")
    env.begin(EpisodeKey("speed", suite.name, 0, 0, 0))
    stages["simulation"] = memory_mib()[1]
    observation = env.observe()
    stages["renderer"] = memory_mib()[1]
    import baselines  # noqa: TID251  (what a worker holds)

    policy = baselines.load_policy(POLICY)

    def act() -> NDArray[np.float32]:
        return policy.act([observation], [np.random.default_rng(0)])[0]

    act()
    stages["torch and policy"] = memory_mib()[1]
    print("ready", flush=True)
    sys.stdin.readline()
    steps, deadline, used = 0, time.monotonic() + seconds, time.process_time()
    while time.monotonic() < deadline:
        env.observe()
        for action in act():
            env.advance(action)
            steps += 1
    used = time.process_time() - used
    print(json.dumps({"stages": stages, "resident": memory_mib()[0], "steps": steps, "cpu_s": used}))


def run_workers(count: int, assets: str, seconds: float) -> list[dict[str, Any]]:
    """Have `count` processes work side by side from the moment when all are ready.

    One becomes ready after the other, so that the last one holds for itself only what one more worker costs.
    """
    command = [sys.executable, "-m", "benchmarks.perf.worker_memory", assets, str(seconds)]
    pipe = subprocess.PIPE
    children = []
    for _ in range(count):
        child = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        children.append(child)
        assert child.stdout is not None
        while child.stdout.readline() not in ("ready\n", ""):
            pass
    outputs = [child.communicate("go\n")[0] for child in children]
    return [json.loads(output.strip().splitlines()[-1]) for output in outputs]


def memory_rows(timer: Timer, assets: str) -> list[Row]:
    """Memory of one more worker by what it holds, and the work of two workers relative to one."""
    alone, pair = run_workers(1, assets, WORK_S)[0], run_workers(2, assets, WORK_S)

    def rate(found: dict[str, Any]) -> float:
        return float(found["steps"] / (found["cpu_s"] if timer.clock == "cpu" else WORK_S))

    rows = [Row("2 workers relative to 1", "x", math.nan, sum(map(rate, pair)) / rate(alone), "1.9x")]
    stages = pair[-1]["stages"]
    rows.append(Row("memory per extra worker", " MiB", math.nan, stages["torch and policy"], "450 MiB"))
    before = 0.0
    for name, total in stages.items():
        rows.append(Row(f"of which {name}", " MiB", math.nan, total - before, ""))
        before = total
    return rows


if __name__ == "__main__":
    worker(sys.argv[1], float(sys.argv[2]))
