"""Energy counters, where the machine lets them be read: NVML for a GPU, RAPL for processors."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

RAPL = Path("/sys/class/powercap")


@dataclass(frozen=True)
class Counter:
    """Joules since some moment in the past. It counts the whole device, whoever uses it."""

    source: str
    read: Callable[[], float]


def find(device: str) -> Counter | None:
    """The counter of `device` (cpu or a CUDA device), None where there is none or it is not readable."""
    try:
        if device.startswith("cuda"):
            return Counter("NVML, whole GPU", _nvml(device))
        packages = [_Package(path) for path in sorted(RAPL.glob("intel-rapl:[0-9]"))]
        if not packages:
            return None
        return Counter(
            "RAPL, whole processor packages", lambda: sum(package.joules() for package in packages)
        )
    except (OSError, ValueError):
        return None


@dataclass
class _Package:
    """One processor package. Its counter wraps around, after an hour or so of full load."""

    path: Path
    _last: int = field(init=False)
    _turns: int = 0

    def __post_init__(self) -> None:
        self._last = self._now()
        self._range = int((self.path / "max_energy_range_uj").read_text())

    def joules(self) -> float:
        now = self._now()
        self._turns += now < self._last
        self._last = now
        return (self._turns * self._range + now) / 1e6

    def _now(self) -> int:
        return int((self.path / "energy_uj").read_text())


def _nvml(device: str) -> Callable[[], float]:
    """Reads the GPU's own counter, in millijoules since the driver was loaded. Raises OSError."""
    import torch

    library = ctypes.CDLL("libnvidia-ml.so.1")
    handle, energy = ctypes.c_void_p(), ctypes.c_ulonglong()
    uuid = f"GPU-{torch.cuda.get_device_properties(device).uuid}".encode()

    def call(name: str, *arguments: object) -> None:
        if status := getattr(library, name)(*arguments):
            raise OSError(f"{name}: NVML error {status}")

    def read() -> float:
        call("nvmlDeviceGetTotalEnergyConsumption", handle, ctypes.byref(energy))
        return energy.value / 1e3

    call("nvmlInit_v2")
    call("nvmlDeviceGetHandleByUUID", uuid, ctypes.byref(handle))
    read()
    return read
