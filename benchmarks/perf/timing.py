"""Time several ways of doing the same thing in turns, so that a busy machine disturbs all alike."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}

Side = tuple[Callable[[], object], Callable[[], object]]
"""What prepares a turn, and what is timed."""


@dataclass(frozen=True)
class Row:
    """One measured quantity; NaN where a side was not measured."""

    name: str
    unit: str
    stock: float
    ours: float
    target: str

    @property
    def ratio(self) -> str:
        """How many times stock is slower or larger; empty where one side is missing."""
        return "" if math.isnan(self.stock + self.ours) or not self.ours else f"{self.stock / self.ours:.1f}x"

    def show(self, value: float) -> str:
        """A value with its unit; empty where it is missing."""
        if math.isnan(value):
            return ""
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        return f"{value:.{digits}f}{self.unit}"


@dataclass(frozen=True)
class Timer:
    """A clock, and how many turns each side gets."""

    clock: str
    repeats: int

    def once(self, call: Callable[[], object]) -> float:
        """Seconds of one call."""
        now = CLOCKS[self.clock]
        start = now()
        call()
        return now() - start

    def turns(self, sides: Mapping[str, Side]) -> dict[str, float]:
        """Median seconds of each side's second callable; its first one prepares, off the clock."""
        seconds: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(self.repeats):
            for name, (prepare, call) in sides.items():
                prepare()
                seconds[name].append(self.once(call))
        return {name: statistics.median(values) for name, values in seconds.items()}
