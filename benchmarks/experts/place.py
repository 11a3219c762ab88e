"""Put down what is held: choose a yaw and a spot where object and hand fit lowest, go there, let go."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from benchmarks.experts import heightmap, panda_gripper, servo
from benchmarks.experts.grasps import FAR
from benchmarks.experts.heightmap import CELL
from benchmarks.experts.pick import is_held
from benchmarks.experts.scene import Scene
from benchmarks.experts.view import Array

Placing = Generator[NDArray[np.float32], None, bool]

RELEASE = 0.008
"""Height of the object over its support when the gripper opens, m."""
HAND_GAP = 0.004
"""Height of fingers and palm over anything when the gripper opens, m."""
HOVER = 0.04
"""Height of the last waypoint over the release, m."""
RETREAT = 0.08
"""Height gained after the release, m."""
TURNS = np.deg2rad(np.arange(-90, 91, 15))
"""Turns of the wrist that are examined, rad."""
FINE_TURNS = np.deg2rad([-7.5, -5, -2.5, 0, 2.5, 5, 7.5])
"""Turns besides with which an object is made parallel to walls that are close to it, rad."""
MAX_YAW = np.deg2rad(110)
"""Largest turn away from the arm's easy yaw, rad."""
COARSE = 0.015
"""Step of the first search over offsets from a goal, m."""
WINDOW = 0.25
"""Half side of the examined surroundings, m."""
STRAY = 0.008
"""Error to the side with which the hand may come down, m."""
STILL_STEPS = 4
"""Steps in which a hand that passes the right place comes to rest there."""
WALL = 0.02
"""A spot is tight where straying would make the object land this much higher, m."""
SAME_SUPPORT = 0.01
"""Spots whose release heights differ by less stand on the same, m."""
ANY_HEIGHT = (-np.inf, np.inf)


@dataclass(frozen=True)
class Held:
    """What hangs in the gripper, in the grip site's frame."""

    points: Array  # [n, 3] surface
    origin: Array  # [3] the body origin that LIBERO's predicates see

    @classmethod
    def measure(cls, scene: Scene, name: str) -> Held:
        """Read the present pose of `name` relative to the gripper."""
        grip, turn = scene.sim.eef_pos, scene.sim.eef_mat
        return cls((scene.points(name) - grip) @ turn, (scene.position(name) - grip) @ turn)

    def drop(self, rotation: Array) -> float:
        """How far the lowest point lies below the grip site at `rotation`, m."""
        return float(max(panda_gripper.TIP, -(self.points @ rotation.T)[:, 2].min()))

    def radius(self) -> float:
        """Sideways reach of load and hand, m."""
        return float(max(0.05, np.abs(self.points[:, :2]).max()))


@dataclass(frozen=True)
class Spot:
    """Where to let go: body origin over `goal` [2] with the finger axis at `yaw`, grip site at `height`."""

    goal: Array
    yaw: float
    height: float
    stray: float  # m that the object lands higher if the hand strays by `STRAY`
    brush: float  # the same for a single cell of the map
    rest: float  # m, height of the grip site over which the object would stand
    cost: float

    @property
    def tight(self) -> bool:
        """Whether there are walls close to the object, so that it has to be lined up over the spot."""
        return self.stray > WALL

    def narrowness(self) -> tuple[float, float]:
        """Least is best among spots between walls."""
        return round(self.stray + self.brush, 2), self.cost

    def grip(self, held: Held) -> Array:
        """Grip site position [3] that brings the held body's origin over the goal."""
        offset = panda_gripper.level(self.yaw) @ held.origin
        return np.array([*(self.goal - offset[:2]), self.height])


def place(
    scene: Scene,
    name: str,
    goal: Array,
    slack: Array,
    home_yaw: float,
    heights: tuple[float, float] = ANY_HEIGHT,
) -> Placing:
    """Put the held object `name` at most `slack` [2] m off `goal` [2]; False if it is dropped on the way.

    Where its origin would come to rest below the lower of `heights` m, which LIBERO does not count as in the
    region (books that stand in a caddy), it is held between them and not let go: people's demonstrations end
    on that height, too.
    """
    sim = scene.sim
    held = Held.measure(scene, name)
    spot = plan(scene, name, held, goal, slack, home_yaw)
    turn = panda_gripper.level(spot.yaw)
    obstacles, drop, radius = scene.obstacles(name), held.drop(turn), held.radius()
    hover = spot.grip(held) + [0, 0, HOVER]
    hover[2] = max(hover[2], obstacles.highest(hover, hover, radius)[0] + drop + 0.01)
    yield from servo.travel(sim, obstacles, hover, turn, servo.CLOSE, drop=drop, radius=radius)
    if not is_held(scene, name):
        return False
    if spot.tight:
        over = np.array([*spot.grip(Held.measure(scene, name))[:2], hover[2]])
        yield from servo.reach(sim, over, turn, servo.CLOSE, tolerance=0.004, turn_tolerance=0.03)
        # yield from servo.hold_pose(sim, over, turn, servo.CLOSE, STILL_STEPS)
    held = Held.measure(scene, name)
    release = spot.grip(held)
    hangs = float((turn @ held.origin)[2])
    if spot.rest + hangs < heights[0]:
        release[2] = sum(heights) / 2 - hangs
        yield from servo.descend(sim, release, turn, servo.CLOSE, tolerance=0.006)
        return True
    yield from servo.descend(sim, release, turn, servo.CLOSE, tolerance=0.006)
    yield from servo.release(sim, release, turn)
    up = release + [0, 0, RETREAT]
    yield from servo.reach(sim, up, turn, servo.OPEN)
    return True


def plan(scene: Scene, name: str, held: Held, goal: Array, slack: Array, home_yaw: float) -> Spot:
    """The cheapest spot over turns of the wrist and offsets from the goal."""
    others = scene.others(name)
    others = others[np.all(np.abs(others[:, :2] - goal) < 2 * WINDOW, axis=1)]
    ground = np.maximum(heightmap.top(others, goal, 2 * WINDOW), scene.surfaces.floor(scene.data))
    now = panda_gripper.finger_yaw(scene.sim.eef_mat)
    now = home_yaw + (now - home_yaw + np.pi) % (2 * np.pi) - np.pi
    yaws = now + TURNS[np.abs(now + TURNS - home_yaw) <= MAX_YAW]

    def spots(yaws: Array, offsets: Array) -> Iterator[Spot]:
        for yaw in yaws:
            effort = 0.02 * abs(yaw - now) + 0.01 * abs(yaw - home_yaw)
            for offset, fit in _release_heights(held, panda_gripper.level(yaw), ground, offsets):
                far = max(0.0, float(np.linalg.norm(goal + offset - scene.base[:2])) - FAR)
                cost = fit[0] + 0.5 * float(np.linalg.norm(offset)) + far + effort
                yield Spot(goal + offset, float(yaw), *fit, cost)

    found = list(spots(yaws if len(yaws) else np.array([now]), _grid(slack)))
    best = min(found, key=lambda spot: spot.cost)
    if not best.tight:
        return best
    lower = best.height + SAME_SUPPORT
    best = min((spot for spot in found if spot.height < lower), key=Spot.narrowness)
    offsets = best.goal - goal + CELL * np.indices((7, 7)).reshape(2, -1).T - 3 * CELL
    offsets = offsets[np.all(np.abs(offsets) <= slack + 1e-9, axis=1)]
    fine = [best, *spots(best.yaw + FINE_TURNS, offsets)]
    return min((spot for spot in fine if spot.height < lower), key=Spot.narrowness)


def _release_heights(
    held: Held, turn: Array, ground: Array, offsets: Array
) -> Iterator[tuple[Array, tuple[float, float, float, float]]]:
    """Of each of the `offsets` [n, 2] from the goal: itself and the fields of a `Spot` from `height` on."""
    origin = turn @ held.origin
    load = held.points @ turn.T
    fingers = panda_gripper.outline() @ turn.T
    lowest_load = heightmap.bottom(load, origin[:2], WINDOW)
    lowest_hand = heightmap.bottom(fingers, origin[:2], WINDOW)
    under = np.maximum(RELEASE - lowest_load, HAND_GAP - lowest_hand)
    rows, columns = np.nonzero(np.isfinite(under))
    relief = under[rows, columns]
    margin = (len(ground) - len(under)) // 2
    near, around = (maximum_filter(ground, size=2 * cells + 1) for cells in (1, int(STRAY / CELL)))
    for offset in offsets:
        shift = margin + np.rint(offset / CELL).astype(int)
        at = rows + shift[0], columns + shift[1]
        height = float((ground[at] + relief).max())
        brushed, strayed = (float((grid[at] + relief).max()) - height for grid in (near, around))
        rest = float((ground[at] - lowest_load[rows, columns]).max())
        yield offset, (height, strayed, brushed, rest)


def _grid(slack: Array) -> Array:
    """Offsets [n, 2] m within `slack` [2] m."""
    along = [COARSE * np.arange(-int(half / COARSE), int(half / COARSE) + 1) for half in slack]
    return np.stack(np.meshgrid(*along, indexing="ij"), axis=-1).reshape(-1, 2)
