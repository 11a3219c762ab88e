"""The object that is to be moved is smaller."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.variations._reshaped import Factors, Reshaped


@dataclass(frozen=True)
class ObjectSmaller(Reshaped):
    """The quantity is the factor on its size."""

    def factors(self, level: int) -> Factors:
        """The same along all axes."""
        return (self.quantities[level],) * 3


VARIATION = ObjectSmaller(
    quantities=(1.0, 0.95, 0.9, 0.85, 0.8), unit="of the size", groups=("object-size", "libero-pro")
)
