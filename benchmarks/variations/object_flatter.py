"""The object that is to be moved is flatter, on the same footprint."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.variations._reshaped import Factors, Reshaped


@dataclass(frozen=True)
class ObjectFlatter(Reshaped):
    """The quantity is the factor on its height."""

    def factors(self, level: int) -> Factors:
        """Along the vertical only: the footprint must still fit the gripper and the place it goes to."""
        return 1.0, 1.0, self.quantities[level]


VARIATION = ObjectFlatter(
    quantities=(1.0, 0.9, 0.8, 0.7, 0.6), unit="of the height", groups=("object-form", "paper")
)
