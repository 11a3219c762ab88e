"""The object that is to be moved is taller, on the same footprint."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.variations._reshaped import Factors, Reshaped


@dataclass(frozen=True)
class ObjectTaller(Reshaped):
    """The quantity is the factor on its height."""

    def factors(self, level: int) -> Factors:
        """Along the vertical only: the footprint must still fit the gripper and the place it goes to."""
        return 1.0, 1.0, self.quantities[level]


VARIATION = ObjectTaller(
    quantities=(1.0, 1.15, 1.3, 1.45, 1.6), unit="times the height", groups=("object-form", "paper")
)
