"""The object that is to be moved is larger."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.variations._reshaped import Factors, Reshaped


@dataclass(frozen=True)
class ObjectLarger(Reshaped):
    """The quantity is the factor on its size."""

    def factors(self, level: int) -> Factors:
        """The same along all axes."""
        return (self.quantities[level],) * 3


VARIATION = ObjectLarger(
    quantities=(1.0, 1.075, 1.15, 1.225, 1.3), unit="times the size", groups=("object-size", "libero-pro")
)
