"""What an expert may know of a LIBERO scene: objects, regions and surfaces at their present poses."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from benchmarks.experts import heightmap
from benchmarks.experts.surfaces import Surfaces
from benchmarks.experts.view import Array, SimulationView
from benchmarks.sim.goals import InRegion

_SURFACES: WeakKeyDictionary[SimulationView, Surfaces] = WeakKeyDictionary()
"""Samples of a compiled task serve all its episodes."""


class Scene:
    """Privileged view of one simulation. Poses are read anew at every call."""

    def __init__(self, sim: SimulationView) -> None:
        """`sim` is a benchmarks.sim.simulation.Simulation; the sampled surfaces are kept for its model."""
        self.sim = sim
        self.model, self.data = sim.model, sim.data
        self.surfaces = _SURFACES.setdefault(sim, Surfaces(sim.model))
        robot = sim.model.body(sim.env.robots[0].robot_model.root_body).id
        self.robot_root = int(sim.model.body_rootid[robot])
        self.base = self.data.xpos[robot].copy()

    def is_region(self, name: str) -> bool:
        """True for a site such as a stove's cook region, False for an object or fixture."""
        return name in self.sim.env.object_sites_dict

    def body(self, name: str) -> int:
        """Root body of an object or fixture."""
        return int(self.sim.env.obj_body_id[name])

    def position(self, name: str) -> Array:
        """Where LIBERO's predicates see `name`, [3] m: body origin of an object, centre of a region."""
        if self.is_region(name):
            return np.array(self.data.site(name).xpos)
        return self.data.xpos[self.body(name)].copy()

    def region_axes(self, name: str) -> Array:
        """Half extents of a region along the world's axes, [3] m (exact for right angles)."""
        site = self.data.site(name)
        size = self.model.site_size[site.id]
        return np.abs(np.array(site.xmat).reshape(3, 3)) @ size

    def region_heights(self, name: str) -> tuple[float, float]:
        """Least and greatest height of an origin that LIBERO's `In` counts as inside a region, m."""
        middle, half = float(self.position(name)[2]), float(self.region_axes(name)[2])
        return middle - half - InRegion.deeper, middle + half

    def parent(self, region: str) -> str | None:
        """Fixture or object that carries a region; None for a region of the table."""
        parent = self.sim.env.object_sites_dict[region].parent_name
        return parent if parent in self.sim.env.obj_body_id else None

    def points(self, name: str) -> Array:
        """Surface points [n, 3] of an object or fixture."""
        return self.surfaces.points(self.data, self.surfaces.geoms(root=self.body(name)))

    def others(self, *names: str) -> Array:
        """Surface points [n, 3] of everything but the robot and the objects `names`."""
        roots = {self.robot_root} | {self.body(name) for name in names}
        return self.surfaces.points(self.data, self.surfaces.geoms_without(roots))

    def center_of_mass(self, name: str) -> Array:
        """Centre of mass of an object with all its parts, [3] m."""
        return self.data.subtree_com[self.body(name)].copy()

    def obstacles(self, *names: str) -> Obstacles:
        """Coarse map of everything but the robot and `names`, for free travel."""
        return Obstacles(self.others(*names), self.surfaces.floor(self.data))


class Obstacles:
    """Heights of the surroundings that the hand travels over: a coarse map of the whole workspace."""

    CELL = 0.01
    HALF = 1.0

    def __init__(self, points: Array, floor: float) -> None:
        """`points` [n, 3] of the surroundings over a floor at `floor` m."""
        grid = heightmap.top(points, np.zeros(2), self.HALF, cell=self.CELL)
        self._grid = np.maximum(grid, floor)

    def highest(self, start: Array, end: Array, radius: float) -> Array:
        """Highest obstacle within `radius` m of 24 points on the level line from `start` to `end`, [24] m."""
        line = start[:2] + np.linspace(0, 1, 24)[:, None] * (end[:2] - start[:2])
        reach = int(np.ceil(radius / self.CELL))
        middle = len(self._grid) // 2
        index = np.clip(np.rint(line / self.CELL).astype(int) + middle, reach, len(self._grid) - 1 - reach)
        return np.array(
            [self._grid[i - reach : i + reach + 1, j - reach : j + reach + 1].max() for i, j in index]
        )
