"""Top-down grasps from height maps: where both fingers and the palm fit and the pads hold enough.

Rim grasps of bowls, flat grasps of boxes and neck grasps of bottles all come out of one search over
gripper yaws and positions; nothing here knows what the object is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from benchmarks.experts import heightmap, panda_gripper
from benchmarks.experts.heightmap import CELL
from benchmarks.experts.scene import Scene
from benchmarks.experts.view import Array

YAWS = 24
CLEARANCE = 0.005
"""Least height of the fingertips over what lies below them, m (the servo stops within 4 mm)."""
MIN_DEPTH = 0.010
"""Least height of held surface above the fingertips, m."""
MAX_WIDTH = 0.073
"""Widest content that fits between the open fingers (77 mm) with a margin, m."""
MAX_UNEVEN = 0.015
"""Both faces together may vary by this much over the pads' width, m: pinched corners slip."""
FAR = 0.72
"""Beyond this distance from the base the arm gets straight and its elbow locks, m."""
MAX_RECESS = 0.02
"""A face more than 2 cm behind the pad does not count as held at all, m."""
FLATNESS = 6.0
"""Cost per m of average recess."""
MAX_REFINED = 6
"""Best grasps per yaw whose faces are looked at."""
MAX_CANDIDATES = 150
"""Positions examined closely per yaw."""


@dataclass(frozen=True)
class Grasp:
    """A level grasp: grip site position [3] m in the world, finger axis at `yaw` rad; low cost is good."""

    position: Array
    yaw: float
    width: float
    cost: float

    @property
    def rotation(self) -> Array:
        """Rotation [3, 3] of the grip site."""
        return panda_gripper.level(self.yaw)


def plan(scene: Scene, name: str, home_yaw: float, rng: np.random.Generator) -> list[Grasp]:
    """Grasps of the object `name`, best first; empty if nothing fits. `home_yaw` is the arm's easy yaw."""
    points, others = scene.points(name), scene.others(name)
    return search(scene, points, others, scene.center_of_mass(name), home_yaw, rng)


def search(
    scene: Scene,
    target: Array,
    others: Array,
    center_of_mass: Array,
    home_yaw: float,
    rng: np.random.Generator,
    min_depth: float = MIN_DEPTH,
) -> list[Grasp]:
    """Grasps of the surface `target` [n, 3] amid `others` [m, 3], best (near `center_of_mass` [3]) first."""
    low, high = target[:, :2].min(axis=0), target[:, :2].max(axis=0)
    center = (low + high) / 2
    half = float(np.linalg.norm(high - low)) / 2 + 0.13
    near = others[np.all(np.abs(others[:, :2] - center) < half * 1.5, axis=1)]
    grasps: list[Grasp] = []
    for yaw in np.arange(YAWS) * np.pi / YAWS:
        maps = _HeightMaps(target, near, center, half, float(yaw), scene.surfaces.floor(scene.data))
        candidates = maps.grasps(scene, center_of_mass, home_yaw, rng, min_depth)
        best = sorted(candidates, key=lambda grasp: grasp.cost)[:MAX_REFINED]
        grasps += [replace(grasp, cost=grasp.cost + FLATNESS * recess(target, grasp)) for grasp in best]
    return sorted(grasps, key=lambda grasp: grasp.cost)


def recess(target: Array, grasp: Grasp) -> float:
    """How far the object's two faces lie behind the pads on average, at most `MAX_RECESS` m each.

    Pads that bridge an opening, such as a carton's gable, hook into its edges and do not let go.
    """
    local = (target - grasp.position) @ grasp.rotation
    low, high = panda_gripper.PAD_RANGE
    near = (
        (np.abs(local[:, 1]) <= panda_gripper.PAD_HALF_WIDTH) & (local[:, 2] >= low) & (local[:, 2] <= high)
    )
    local = local[near & (np.abs(local[:, 0]) < panda_gripper.OPENING)]
    if not len(local):
        return 2 * MAX_RECESS
    cells = np.floor((local[:, 1:] + [panda_gripper.PAD_HALF_WIDTH, -low]) / CELL).astype(int).clip(0, 3)
    total = 0.0
    for side in (-1.0, 1.0):
        face = np.full((4, 4), -np.inf)
        np.maximum.at(face, (cells[:, 0], cells[:, 1]), side * local[:, 0])
        total += float(np.minimum(face.max() - face, MAX_RECESS).mean())
    return total


class _HeightMaps:
    """Height maps of object and surroundings, turned so that the fingers move along the first index."""

    def __init__(
        self, target: Array, near: Array, center: Array, half: float, yaw: float, floor: float
    ) -> None:
        self.center, self.yaw = center, yaw
        self.target = heightmap.top(target, center, half, yaw)
        self.near = np.maximum(heightmap.top(near, center, half, yaw), floor)
        self.tip = self._lowest_tip()
        self.held_top = maximum_filter(
            self.target, size=(_span(panda_gripper.OPENING), _span(panda_gripper.PAD_HALF_WIDTH))
        )

    def _lowest_tip(self) -> Array:
        """Lowest height of the fingertips per position that keeps fingers and palm clear, m."""
        everything = np.maximum(self.target, self.near)
        width = _span(panda_gripper.FINGER_HALF_WIDTH + 0.002)
        under = maximum_filter(everything, size=(_span(panda_gripper.FINGER / 2 + 0.002), width))
        shift = int(np.rint((panda_gripper.OPENING + panda_gripper.FINGER / 2) / CELL))
        fingers = np.maximum(_shifted(under, shift), _shifted(under, -shift))
        between = maximum_filter(self.near, size=(_span(panda_gripper.OPENING), width))
        palm = maximum_filter(everything, size=(_span(panda_gripper.PALM[0]), _span(panda_gripper.PALM[1])))
        return np.maximum(np.maximum(fingers, between), palm - panda_gripper.PALM_DROP) + CLEARANCE

    def grasps(
        self, scene: Scene, center_of_mass: Array, home_yaw: float, rng: np.random.Generator, min_depth: float
    ) -> list[Grasp]:
        """Grasps at this yaw."""
        reach, rows = int(panda_gripper.OPENING / CELL), int(panda_gripper.PAD_HALF_WIDTH / CELL)
        inner = np.zeros_like(self.tip, dtype=bool)
        inner[reach:-reach, rows:-rows] = True
        where = np.argwhere(inner & (self.held_top - self.tip > min_depth))
        if len(where) > MAX_CANDIDATES:
            where = where[rng.choice(len(where), MAX_CANDIDATES, replace=False)]
        if not len(where):
            return []
        tips = self.tip[where[:, 0], where[:, 1]]
        offsets = np.arange(-reach, reach + 1)
        windows = self.target[
            where[:, 0, None, None] + offsets[None, :, None],
            where[:, 1, None, None] + np.arange(-rows, rows + 1)[None, None, :],
        ]
        depth = windows.max(axis=(1, 2)) - tips
        held = windows > (tips + 0.4 * np.minimum(depth, 0.02))[:, None, None]
        return self._score(scene, where, tips, depth, held, center_of_mass, home_yaw)

    def _score(
        self,
        scene: Scene,
        where: NDArray[np.int64],
        tips: Array,
        depth: Array,
        held: NDArray[np.bool_],
        center_of_mass: Array,
        home_yaw: float,
    ) -> list[Grasp]:
        """The candidates that the pads can hold, with their cost (about metres)."""
        reach = held.shape[1] // 2
        filled = held.any(axis=1)  # [candidates, rows]
        first = np.where(filled, held.argmax(axis=1), 0) - reach
        last = reach - np.where(filled, held[:, ::-1].argmax(axis=1), 0)
        low = np.where(filled, first, 99).min(axis=1)
        high = np.where(filled, last, -99).max(axis=1)
        width = (high - low + 1) * CELL
        middle = (high + low) / 2 * CELL
        uneven = (np.where(filled, first, -99).max(axis=1) - low) + (
            high - np.where(filled, last, 99).min(axis=1)
        )
        feasible = (width <= MAX_WIDTH) & (np.abs(middle) <= 0.010) & (filled.sum(axis=1) >= 3)
        feasible &= uneven * CELL < MAX_UNEVEN
        side = len(self.tip) // 2
        along = (where[:, 0] - side) * CELL + middle
        across = (where[:, 1] - side) * CELL
        cosine, sine = np.cos(self.yaw), np.sin(self.yaw)
        flat = self.center + np.column_stack([along * cosine - across * sine, along * sine + across * cosine])
        yaw = panda_gripper.nearest_yaw(self.yaw, home_yaw)
        distance = np.linalg.norm(flat - scene.base[:2], axis=1)
        cost = (
            np.linalg.norm(flat - center_of_mass[:2], axis=1)
            + 1.5 * np.maximum(0, 0.022 - depth)
            + 0.3 * np.maximum(0, width - 0.05)
            + 0.5 * uneven * CELL
            + 1.0 * np.maximum(0, distance - FAR)
            + 0.01 * abs(yaw - home_yaw)
        )
        grips = np.column_stack([flat, tips + panda_gripper.TIP])
        return [Grasp(grips[i], yaw, float(width[i]), float(cost[i])) for i in np.flatnonzero(feasible)]


def _span(half: float) -> int:
    """Odd number of cells that covers `half` m on both sides of the middle one."""
    return 2 * int(np.ceil(half / CELL)) + 1


def _shifted(grid: Array, cells: int) -> Array:
    """`grid` as seen `cells` further along its first index; what comes from outside is impassable."""
    moved = np.full_like(grid, np.inf)
    if cells > 0:
        moved[:-cells] = grid[cells:]
    else:
        moved[-cells:] = grid[:cells]
    return moved
