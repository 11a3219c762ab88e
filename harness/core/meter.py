"""Cost of a job: seconds by phase, device time, peak memory. GPU and CPU time are never converted."""

from __future__ import annotations

import contextlib
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.core import energy


@dataclass
class Cost:
    """What one phase took, summed over its visits. None where it was not measured: never 0 instead."""

    wall_s: float = 0.0
    cpu_s: float = 0.0  # of all threads of this process
    device_s: float = 0.0  # devices x wall; 0 without a GPU
    peak_bytes: int = 0  # the GPU's allocator, or resident memory of this process
    energy_j: float | None = None  # of the whole device, see harness.core.energy
    flops: int | None = None  # matrix products that torch counted


@dataclass
class Meter:
    """Measures phases of one job; `device` is cpu or a CUDA device."""

    device: str = "cpu"
    phases: dict[str, Cost] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._running: tuple[Cost, float, float, float] | None = None
        self.use(self.device)

    def use(self, device: str) -> None:
        """Measure `device` from the next phase on. The first phase may come before torch is there to ask."""
        self.device = device
        self._energy = energy.find(device)
        _reset_peak(self._cuda())

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[Cost]:
        """Charge what happens inside to `name`; `flops` is for the caller to add to.

        A phase that begins within another interrupts it: nothing is charged twice.
        """
        cost = self.phases.setdefault(name, Cost())
        outer = self._running
        if outer:
            self._stop(*outer)
        self._start(cost)
        try:
            yield cost
        finally:
            if self._running:
                self._stop(*self._running)
            if outer:
                self._start(outer[0])

    def _start(self, cost: Cost) -> None:
        cuda = self._cuda()
        _reset_peak(cuda)
        if cuda:
            cuda.synchronize()
        joules = self._energy.read() if self._energy else 0.0
        self._running = cost, time.perf_counter(), time.process_time(), joules

    def _stop(self, cost: Cost, wall: float, cpu: float, joules: float) -> None:
        cuda = self._cuda()
        if cuda:
            cuda.synchronize()
        spent = time.perf_counter() - wall
        cost.wall_s += spent
        cost.cpu_s += time.process_time() - cpu
        cost.device_s += spent if cuda else 0.0
        cost.peak_bytes = max(cost.peak_bytes, _peak(cuda))
        if self._energy:
            cost.energy_j = (cost.energy_j or 0.0) + self._energy.read() - joules
        self._running = None

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
        """Peak memory of all phases and since: the GPU's allocator, or resident memory of this process."""
        return max([_peak(self._cuda()), *(cost.peak_bytes for cost in self.phases.values())])

    @property
    def used_bytes(self) -> int:
        """Memory in use now, of the same kind as `peak_bytes`."""
        cuda = self._cuda()
        return int(cuda.memory_allocated()) if cuda else _resident("VmRSS:")

    @property
    def energy_source(self) -> str | None:
        """How energy was read; None where it could not be."""
        return self._energy.source if self._energy else None

    def ledger(self) -> dict[str, dict[str, Any]]:
        """All phases as plain data, in the order in which they began."""
        return {name: asdict(cost) for name, cost in self.phases.items()}

    def _cuda(self) -> ModuleType | None:
        if not self.device.startswith("cuda"):
            return None
        import torch

        return torch.cuda


def _peak(cuda: ModuleType | None) -> int:
    return int(cuda.max_memory_allocated()) if cuda else _resident("VmHWM:")


def _reset_peak(cuda: ModuleType | None) -> None:
    if cuda:
        cuda.reset_peak_memory_stats()
    # Linux resets the high-water mark of resident memory on this write; elsewhere it stays the lifetime's.
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _resident(field: str) -> int:
    """Resident memory of this process: VmHWM: is its peak, VmRSS: what it is now. Peak where unknown."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
