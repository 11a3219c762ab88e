"""From goal predicates to motion: which primitives, in which order, on which objects."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.experts import (
    clear_space,
    compartment,
    door,
    drawer,
    insert,
    knob,
    panda_gripper,
    pick,
    place,
    push,
    shut,
)
from benchmarks.experts.scene import Scene
from benchmarks.experts.view import Array, SimulationView
from harness.core.errors import UserError

PREDICATES = ("on", "in", "open", "close", "turnon", "turnoff")
"""Goal predicates of LIBERO's task files for which there are motions."""

APART = 0.045
"""Half the distance of two objects that stand on one region, m."""

Actions = Iterator[NDArray[np.float32]]


class UnknownGoalError(UserError):
    """A task's goal needs a motion that the expert does not have."""


def actions(sim: SimulationView, rng: np.random.Generator) -> Actions:
    """Actions that make `sim.goal` true, one predicate after the other.

    Raises UnknownGoalError, before the first action, for a predicate that it has no motion for.
    """
    if unknown := [kind for kind, *_ in sim.goal if kind not in PREDICATES]:
        raise UnknownGoalError(
            f"the expert cannot achieve {unknown[0]!r}; known: {', '.join(PREDICATES)}; choose other tasks"
        )
    scene = Scene(sim)
    home_yaw = panda_gripper.finger_yaw(sim.eef_mat)
    for predicate in in_order(sim.goal):
        yield from achieve(scene, predicate, home_yaw, rng)


def in_order(goal: list[list[str]]) -> list[list[str]]:
    """Predicates in an order in which none undoes another.

    What carries something is brought to its place first; what something is put into is opened on the way to
    that, and closed after it.
    """
    waiting, done = list(goal), []
    while waiting:
        ready = next((p for p in waiting if not any(_is_before(q, p) for q in waiting if q is not p)), None)
        done.append(ready or waiting[0])
        waiting.remove(done[-1])
    return done


def _is_before(first: list[str], then: list[str]) -> bool:
    """True where `first` has to be achieved before `then`."""
    if len(first) != 3:  # nothing is put anywhere
        return False
    if then[0] in ("open", "close"):  # what is put in clears the drawer's way before it opens it
        return first[2].startswith(then[1].removesuffix("_region"))
    return len(then) == 3 and then[2] == first[1]


def achieve(scene: Scene, predicate: list[str], home_yaw: float, rng: np.random.Generator) -> Actions:
    """Actions for one predicate: on, in, open, close, turnon or turnoff."""
    kind, *names = predicate
    if kind == "open":
        if not scene.is_region(names[0]):
            yield from door.open_door(scene, names[0], home_yaw, rng)
        elif is_shut(scene, names[0]):
            yield from drawer.open_drawer(scene, names[0], home_yaw)
    elif kind == "close":
        is_drawer = scene.is_region(names[0])
        close = shut.close_drawer if is_drawer else door.close_door
        yield from close(scene, names[0], home_yaw)
    elif kind in ("turnon", "turnoff"):
        yield from knob.turn(scene, names[0], home_yaw, rng, on=kind == "turnon")
    elif kind == "on" and push.is_pushed(scene, names[0], names[1]):
        yield from push.push(scene, names[0], names[1], home_yaw, rng)
    else:
        covered = compartment.is_covered(scene, names[1]) and drawer.joint_of(scene, names[1]) is None
        if covered and (yield from insert.insert(scene, names[0], names[1], home_yaw, rng)):
            return
        if is_shut(scene, names[1]):
            tray = drawer.Drawer.find(scene, names[1]).points_when_open(scene)
            shift = clear_space.shift_beside_drawer(scene, names[0], tray, home_yaw, rng)
            if shift.any():
                yield from pick.slide(scene, names[0], shift, home_yaw, rng)
            yield from drawer.open_drawer(scene, names[1], home_yaw)
        inside = kind == "in" and scene.is_region(names[1])
        heights = scene.region_heights(names[1]) if inside else place.ANY_HEIGHT
        yield from pick_and_place(scene, names[0], names[1], home_yaw, rng, heights)


def pick_and_place(
    scene: Scene,
    name: str,
    where: str,
    home_yaw: float,
    rng: np.random.Generator,
    heights: tuple[float, float] = place.ANY_HEIGHT,
) -> Actions:
    """Pick up `name` and put it on or in `where`, its origin between `heights` m.

    Picks again once if it is dropped.
    """
    for _ in range(2):
        if not (yield from pick.pick(scene, name, home_yaw, rng)):
            return
        goal, slack = target_area(scene, where)
        if (offset := shared_offset(scene, name, where)).any():
            goal, slack = goal + offset, np.zeros(2)
        if (yield from place.place(scene, name, goal, slack, home_yaw, heights)):
            return


def shared_offset(scene: Scene, name: str, where: str) -> Array:
    """Offset [2] m from the middle of a region that has to carry two objects, along its shorter side."""
    sharing = [given[1] for given in scene.sim.goal if given[0] == "on" and given[2:] == [where]]
    if len(sharing) != 2 or not scene.is_region(where):
        return np.zeros(2)
    offset = np.zeros(2)
    offset[int(np.argmin(scene.region_axes(where)[:2]))] = APART if name == sharing[0] else -APART
    return offset


def is_shut(scene: Scene, where: str) -> bool:
    """True for the inside of a drawer that is not open."""
    if not scene.is_region(where) or drawer.joint_of(scene, where) is None:
        return False
    return drawer.Drawer.find(scene, where).travel(scene) < 0.8


def target_area(scene: Scene, where: str) -> tuple[Array, Array]:
    """Where an object's origin may come to lie: centre [2] and slack [2], m."""
    goal = scene.position(where)[:2]
    if not scene.is_region(where):
        return goal, np.zeros(2)  # LIBERO's `on` wants the two origins within 3 cm
    return goal, np.maximum(0.0, 0.6 * scene.region_axes(where)[:2])
