"""Is this machine fit for the benchmark? `python -m harness.doctor` says what is wrong and what cures it."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.render.backend import CURE, rendering_backend
from harness.cluster import tempdirs
from harness.cluster.worker_environment import environment
from harness.core import registry
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.formats import ASSETS
from harness.core.paths import CACHE, LOCK, cache_dir, runs_dir
from harness.core.schema import setting
from harness.records.provenance import version

FREE_GIB = 2.0
"""Room that a study of all methods on one suite takes with its demonstrations, adapters and films."""

SHM_BYTES = 100 * 2**20
"""Ray's object store, and something for its own."""

CHECKS_S = 600


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    assets: str = setting("original, hub or DIR", "original", format=ASSETS)


@dataclass(frozen=True)
class Finding:
    """Result of one check: what was found, or what is wrong and the command that cures it."""

    check: str
    passed: bool
    text: str


def python() -> str:
    """Python 3.11, for which the lock file holds."""
    found = platform.python_version()
    if not found.startswith("3.11."):
        raise UserError(f"Python {found}, 3.11 is needed; python3.11 -m venv .venv && . .venv/bin/activate")
    return found


def packages() -> str:
    """Every locked version."""
    locked = dict(locked_versions(LOCK))
    wrong = [
        f"{name} {found or 'missing'} (not {wanted})"
        for name, wanted in locked.items()
        if (found := version(name)) != wanted
    ]
    if wrong:
        raise UserError(
            f"{len(wrong)} of {len(locked)} differ: {', '.join(wrong[:5])}{' ...' * (len(wrong) > 5)}; "
            f"pip install --no-deps -r {LOCK}"
        )
    return f"all {len(locked)} as locked"


def locked_versions(path: Path) -> Iterator[tuple[str, str]]:
    """Name and version of every line `name==version`; environment markers are honoured by platform."""
    for line in path.read_text().splitlines():
        if found := re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([^\s;#]+)\s*(?:#.*)?$", line):
            yield found[1], found[2]


def libraries() -> str:
    """An OpenGL library that draws without a display."""
    return f"MUJOCO_GL={rendering_backend()}"


def mujoco() -> str:
    """The version on which the benchmark is defined."""
    from benchmarks.assets.libero_setup import check_mujoco

    return check_mujoco()


def policy() -> str:
    """The built-in checkpoint."""
    found = registry.policy_side().describe("pi0-small")
    return f"{found.name}, {found.total_params:,} parameters, sha256 {found.sha256[:12]}"


def disk() -> str:
    """Room for records, demonstrations, and Ray's own files."""
    room = []
    for what, place, needed in (
        ("results", runs_dir(), FREE_GIB),
        (CACHE, cache_dir(), FREE_GIB),
        ("temporary files", tempdirs.short_temp(), 1.0),
    ):
        exists = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
        free = shutil.disk_usage(exists).free / 2**30
        if not os.access(exists, os.W_OK):
            raise UserError(f"{place} ({what}) cannot be written; give --out and set {CACHE}")
        if free < needed:
            raise UserError(f"{free:.1f} GiB free at {place} ({what}), {needed} are needed; make room")
        room.append(f"{free:.0f} GiB for {what}")
    shared = Path("/dev/shm")
    if shared.exists() and shutil.disk_usage(shared).free < SHM_BYTES:
        raise UserError("less than 100 MiB free in /dev/shm, which Ray needs; docker run --shm-size=1g")
    return ", ".join(room)


def ray() -> str:
    """Ray starts, and a worker answers."""
    from harness.cluster.local_ray import LocalRay

    began = time.monotonic()
    with closing(LocalRay(1, "")) as head:
        head.connect()
        started = time.monotonic() - began
        head.probe()
        return f"started in {started:.1f} s, a worker answered after {time.monotonic() - began:.1f} s"


def gpu() -> str:
    """A GPU, where there is one, is seen by torch."""
    there = any(Path("/proc/driver/nvidia/gpus").glob("*"))
    from baselines.adaptable.device import pick_device

    device = str(pick_device())
    if there and device == "cpu":
        raise UserError("there is a GPU that torch does not see; pip install torch==2.13.0 from a CUDA index")
    return device if there else "none; everything runs on the processor"


def simulator(assets: str) -> Iterator[Finding]:
    """What `benchmarks.simulator_check` finds, in a process of its own."""
    backend = rendering_backend()
    command = [sys.executable, "-m", "benchmarks.simulator_check", "--assets", assets]
    variables = environment(backend, shared=True)
    try:
        done = subprocess.run(
            command, env=os.environ | variables, capture_output=True, text=True, timeout=CHECKS_S
        )
    except subprocess.TimeoutExpired:
        yield Finding("simulator", False, f"no answer in {CHECKS_S} s; set MUJOCO_GL=osmesa and try again")
        return
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            yield Finding(**json.loads(line))
    if done.returncode not in (0, 1):
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        cure = f"set MUJOCO_GL=osmesa, or {CURE}"
        yield Finding("simulator", False, f"ended with status {done.returncode} ({last}); {cure}")


def assets(spec: str) -> str:
    """The meshes: there, and whole."""
    from benchmarks.assets import wheels
    from benchmarks.assets.trees import ORIGINAL, resolve

    label = resolve(spec).label
    if spec != ORIGINAL:
        return label
    return f"{label}, {wheels.verify()} files as released"


def robustness_suites() -> str:
    """The packages of LIBERO-PRO, which is locked, and LIBERO-Plus, which only its own suites need."""
    from benchmarks.suites._libero_plus import plus_root
    from benchmarks.suites._libero_pro import pro_root

    pro_root()
    try:
        plus_root()
    except UserError as missing:
        return f"LIBERO-PRO; for libero_plus_*: {missing}"
    return "LIBERO-PRO, LIBERO-Plus (without light, background and layout: their files are on no registry)"


def findings(options: Options) -> Iterator[Finding]:
    """All checks, the cheap ones first."""
    cheap: dict[str, Callable[[], str]] = {
        "Python": python,
        "packages": packages,
        "libraries": libraries,
        "MuJoCo": mujoco,
        "disk": disk,
        "assets": lambda: assets(options.assets),
        "robustness": robustness_suites,
        "policy": policy,
        "GPU": gpu,
        "Ray": ray,
    }
    for name, check in cheap.items():
        yield examine(name, check)
    try:
        yield from simulator(options.assets)
    except UserError as error:
        yield Finding("simulator", False, str(error))


def examine(name: str, check: Callable[[], str]) -> Finding:
    """Run one check; whatever goes wrong is a finding."""
    try:
        return Finding(name, True, check())
    except UserError as error:
        return Finding(name, False, str(error))
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        cure = f"pip install --no-deps -r {LOCK}"
        return Finding(name, False, f"{type(error).__name__}: {text}; {cure}")


@command
def main(argv: Sequence[str] | None) -> int:
    """Examine, print a line a check; returns 1 where something is wrong."""
    options = parse(Options(), argv, prog="harness.doctor", description=__doc__)
    wrong = 0
    for finding in findings(options):
        wrong += not finding.passed
        print(f"{'ok   ' if finding.passed else 'WRONG'} {finding.check:<11} {finding.text}", flush=True)
    print(f"{wrong} wrong" if wrong else "nothing is wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
