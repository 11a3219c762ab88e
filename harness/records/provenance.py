"""What a study ran on: versions, commit and machine, without names of hosts, users or directories."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from harness.core.records import Environment
from harness.core.source import source_digest

PACKAGES = (
    "mujoco",
    "robosuite",
    "hf-libero",
    "bddl",
    "torch",
    "transformers",
    "peft",
    "ray",
    "numpy",
    "pandas",
)


def session_of(planned: Mapping[tuple[str, int], int], workers: int) -> dict[str, Any]:
    """What one command set out to do and what it ran on, for study.json and for those who watch it.

    Number of workers, episodes `planned` by method and task, and the facts of `provenance`.
    """
    amount: dict[str, dict[str, int]] = {}
    for (method, task_id), count in planned.items():
        amount.setdefault(method, {})[str(task_id)] = count
    return provenance() | {"workers": workers, "planned": amount}


def provenance() -> dict[str, Any]:
    """Versions, commit and machine."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": git_commit(),
        "source": source_digest(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "machine": machine(),
    }


@functools.cache
def environment() -> Environment:
    """What every episode's row repeats, because a later session of the same study may have others."""
    return Environment(
        robosuite=version("robosuite"), torch=version("torch"), source=source_digest(), commit=git_commit()
    )


def version(package: str) -> str | None:
    """Installed version, None where there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def git_commit() -> str | None:
    """Commit of the source tree, with `+` where files differ from it; None outside of git."""
    root = Path(__file__).resolve().parents[2]

    def git(*args: str) -> str:
        command = ["git", "-C", str(root), *args]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def machine() -> dict[str, Any]:
    """Processor, usable cores and memory (GiB)."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = (line.partition(":") for line in cpuinfo.read_text().splitlines())
        model = next((value.strip() for name, _, value in lines if name.strip() == "model name"), model)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "system": platform.system(),
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1),
    }
