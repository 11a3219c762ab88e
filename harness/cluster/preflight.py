"""What a Ray on this machine cannot start without, looked at before it is tried.

Ray itself would wait for a minute and a half and then speak of a timeout, or be ended by the kernel.
"""

from __future__ import annotations

import os
import resource
from pathlib import Path

import psutil

from harness.core.errors import UserError

OPEN_FILES = 64
"""Ray started with so many and two workers, and hung with 32."""

ADDRESS_SPACE_BYTES = 2 * 10**9
"""Ray started with so many bytes, and aborted with half of them."""

MEMORY_BYTES = 400 * 2**20
"""Ray's own processes; with 300 MB of a control group it hung."""

SHARED_MEMORY = Path("/dev/shm")
CONTROL_GROUPS = Path("/sys/fs/cgroup")


def check() -> None:
    """Raises UserError that names what is too little, and what to do."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files < OPEN_FILES:
        raise UserError(
            f"Ray does not start with {files} open files (ulimit -n); it needs {OPEN_FILES} or more"
        )
    space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if 0 <= space < ADDRESS_SPACE_BYTES:
        raise UserError(
            f"Ray does not start in {space / 1e9:.1f} GB of address space (ulimit -v); "
            f"it needs {ADDRESS_SPACE_BYTES / 1e9:.0f} GB"
        )
    if SHARED_MEMORY.exists() and not os.access(SHARED_MEMORY, os.W_OK):
        raise UserError(
            f"Ray does not start without shared memory: {SHARED_MEMORY} cannot be written; "
            "mount it read-write"
        )
    free = min(psutil.virtual_memory().available, *group_limits(own_groups()))
    if free < MEMORY_BYTES:
        raise UserError(
            f"Ray does not start with {free // 2**20} MiB of free memory; it needs {MEMORY_BYTES // 2**20} "
            "and what its workers take: stop other programs, or raise the limit of the container or job"
        )


def own_groups() -> list[Path]:
    """Directories of the control groups that may limit this process's memory, of both versions."""
    found = [CONTROL_GROUPS, CONTROL_GROUPS / "memory"]
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return found
    for _, kinds, path in (line.split(":", 2) for line in lines):
        if kinds in ("", "memory"):
            found.append(CONTROL_GROUPS / kinds / path.lstrip("/"))
    return found


def group_limits(groups: list[Path]) -> list[int]:
    """Bytes that each of the groups still lets its processes take; files in the cache can be dropped."""
    found = [2**63]
    for group in groups:
        for limit, used, cached in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            try:
                statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
                taken = int((group / used).read_text()) - int(statistics.get(cached, 0))
                found.append(int((group / limit).read_text()) - taken)  # "max" is no number
            except (OSError, ValueError):
                continue
    return found
