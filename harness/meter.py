"""Cost of a job: seconds by phase, device time, peak memory. GPU and CPU time are never converted."""

from __future__ import annotations

import contextlib
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Cost:
    """Seconds spent in one phase, summed over its visits."""

    wall_s: float = 0.0
    cpu_s: float = 0.0  # of all threads of this process
    device_s: float = 0.0  # devices x wall; 0 without a GPU


@dataclass
class Meter:
    """Measures phases of one job; `device` is cpu or a CUDA device."""

    device: str = "cpu"
    phases: dict[str, Cost] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _reset_peak(self._cuda())

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[Cost]:
        """Charge what happens inside to `name`; phases do not nest."""
        cost = self.phases.setdefault(name, Cost())
        cuda = self._cuda()
        if cuda:
            cuda.synchronize()
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield cost
        finally:
            if cuda:
                cuda.synchronize()
            spent = time.perf_counter() - wall
            cost.wall_s += spent
            cost.cpu_s += time.process_time() - cpu
            cost.device_s += spent if cuda else 0.0

    def wall(self, name: str) -> float:
        """Seconds of a phase, 0 if it never ran."""
        return self.phases[name].wall_s if name in self.phases else 0.0

    @property
    def gpu_hours(self) -> float | None:
        """Device hours of all phases; None where no GPU was used."""
        return sum(cost.device_s for cost in self.phases.values()) / 3600 if self._cuda() else None

    @property
    def cpu_core_hours(self) -> float | None:
        """Processor hours of all phases; None where a GPU was used."""
        return None if self._cuda() else sum(cost.cpu_s for cost in self.phases.values()) / 3600

    @property
    def peak_bytes(self) -> int:
        """Peak memory since the meter was made: the GPU's allocator, or resident memory of this process."""
        cuda = self._cuda()
        return int(cuda.max_memory_allocated()) if cuda else _peak_resident()

    def _cuda(self) -> Any:
        if not self.device.startswith("cuda"):
            return None
        import torch

        return torch.cuda


def _reset_peak(cuda: Any) -> None:
    if cuda:
        cuda.reset_peak_memory_stats()
    # Linux resets the high-water mark of resident memory on this write; elsewhere it stays the lifetime's.
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_resident() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
