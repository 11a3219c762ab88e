"""Whether demonstrations from outside begin where evaluation begins, which they never may."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROBOT = 10
"""Numbers of a flat LIBERO state before those of the objects: time, 7 joints, 2 fingers."""

SAME_M = 0.003
"""Metres (or quaternion units): objects that lie as near as that to an official state lie there, after the
steps in which they settle."""

SAMPLED = "sampled"
CHECKED = "checked"
UNKNOWN = "unknown"
MEANING = {
    SAMPLED: "placements were sampled by this project, never an official state",
    CHECKED: "initial states were compared with the official ones: none is the same",
    UNKNOWN: "the dataset does not tell whether its demonstrations begin from official initial states",
}


def official(start: NDArray[np.float64], states: NDArray[np.float64]) -> int | None:
    """The official state [of states: count, 1 + nq + nv] from which a demonstration begins; None for none.

    Compared are the positions of objects. How many numbers are positions no state says; the first half of the
    numbers behind the time always are, as there are at least as many positions as velocities.
    """
    if start.shape != states.shape[1:]:
        return None
    positions = slice(ROBOT, 1 + (len(start) - 1) // 2)
    apart = np.abs(states[:, positions] - start[positions]).max(axis=1)
    nearest = int(apart.argmin())
    return nearest if apart[nearest] < SAME_M else None
