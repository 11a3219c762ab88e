"""Goal predicates read straight from MjData: LIBERO's `On`, `In`, `Open`, `Close`, `Turnon`, `Turnoff`.

Each is plain data (ids, thresholds), made once from LIBERO's objects, and answers exactly what LIBERO's own
check answers, oddities included: `On` between objects means contact within 3 cm and below, and a region's
`On` turns the offset by the site's rotation instead of by its inverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Predicate(Protocol):
    """A condition on the state."""

    def holds(self, data: mujoco.MjData) -> bool:
        """Whether it holds now."""


@dataclass(frozen=True)
class Touching:
    """Contact between two groups of geoms, as masks over all geoms."""

    first: Array  # [geoms] bool
    second: Array  # [geoms] bool

    def holds(self, data: mujoco.MjData) -> bool:
        """Whether any contact joins the groups."""
        pairs = data.contact.geom
        one, two = pairs[:, 0], pairs[:, 1]
        return bool(np.any(self.first[one] & self.second[two] | self.first[two] & self.second[one]))


@dataclass(frozen=True)
class OnObject:
    """One object on another: higher, near along the level, in contact."""

    body: int
    support: int
    touching: Touching
    reach: float = 0.03
    """m between the origins, LIBERO's object_states/base_object_states.py."""

    def holds(self, data: mujoco.MjData) -> bool:
        """Whether the object lies on its support."""
        support, body = data.xpos[self.support], data.xpos[self.body]
        near = support[2] <= body[2] and np.linalg.norm(support[:2] - body[:2]) < self.reach
        return bool(near) and self.touching.holds(data)


@dataclass(frozen=True)
class OverRegion:
    """An object over a region; where the region belongs to an object, also in contact with that."""

    body: int
    site: int
    size: Array  # [3] m, half extents
    touching: Touching | None
    below: float = 0.005
    above: float = 0.10
    """Tolerance under and height over the region's top, m (objects/site_object.py)."""

    def holds(self, data: mujoco.MjData) -> bool:
        """Whether the object's origin is in the space over the region."""
        turn = data.site_xmat[self.site].reshape(3, 3)
        x, y, z = turn @ (data.xpos[self.body] - data.site_xpos[self.site])
        top = self.size[2]
        over = top - self.below < z < top + self.above and abs(x) < self.size[0] and abs(y) < self.size[1]
        return bool(over) and (self.touching is None or self.touching.holds(data))


@dataclass(frozen=True)
class InRegion:
    """An object's origin in the box of a region, deepened by 1 cm."""

    body: int
    site: int
    size: Array  # [3] m
    deeper: float = 0.01

    def holds(self, data: mujoco.MjData) -> bool:
        """Whether the origin is inside."""
        extent = np.abs(data.site_xmat[self.site].reshape(3, 3) @ self.size)
        centre, place = data.site_xpos[self.site], data.xpos[self.body]
        low, high = centre - extent, centre + extent
        low[2] -= self.deeper
        return bool(np.all(place > low) and np.all(place < high))


@dataclass(frozen=True)
class Joints:
    """Joint positions beyond a threshold: any of them, or all."""

    addresses: tuple[int, ...]
    threshold: float
    rising: bool
    """Positions above the threshold count, else those below."""
    inclusive: bool
    every: bool

    def holds(self, data: mujoco.MjData) -> bool:
        """Whether any or every joint is there."""
        beyond = (self._beyond(data.qpos[address]) for address in self.addresses)
        return all(beyond) if self.every else any(beyond)

    def _beyond(self, position: float) -> bool:
        if self.inclusive and position == self.threshold:
            return True
        return bool(position > self.threshold if self.rising else position < self.threshold)


@dataclass(frozen=True)
class Raised:
    """A body above a height, m."""

    body: int
    height: float

    def holds(self, data: mujoco.MjData) -> bool:
        """Whether its origin is higher."""
        return bool(data.xpos[self.body][2] > self.height)


@dataclass(frozen=True)
class Indicator:
    """A site that shows whether joints are beyond a threshold, such as a stove's burner."""

    site: int
    lit: Joints

    def show(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Make the site visible or not."""
        alpha = model.site_rgba[self.site, 3]
        if (alpha > 0) != self.lit.holds(data):
            model.site_rgba[self.site, 3] = 1 - alpha
