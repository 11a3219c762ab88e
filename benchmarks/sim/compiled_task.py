"""A compiled task with everything that running it needs, as plain data: robosuite is not asked again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.arm_controller import Arm
from benchmarks.sim.goals import Indicator, Predicate
from benchmarks.sim.placement import Placement


@dataclass(frozen=True)
class Fixture:
    """A body whose pose lives in the model."""

    body: int
    position: NDArray[np.float64]  # [3] m, in the task's MJCF
    quaternion: NDArray[np.float64]  # [4] wxyz, in the task's MJCF


@dataclass(frozen=True)
class Description:
    """What the compiled model does not say about its task."""

    arm: Arm
    substeps: int
    """Physics steps in a control step."""
    fixtures: dict[str, Fixture]
    placement: Placement | None
    """None where only robosuite can place the fixtures."""
    goal: list[list[str]]
    """LIBERO's goal predicates, such as ["on", "akita_black_bowl_1", "plate_1"]."""
    predicates: tuple[Predicate, ...] | None
    """None where only LIBERO can check the goal."""
    indicators: tuple[Indicator, ...]
    init_states: NDArray[np.float64] | None = None
    """Initial states [count, 1 + nq + nv] of a task whose suite has none in files."""


@dataclass(frozen=True)
class CompiledTask:
    """A model and its description."""

    model: mujoco.MjModel
    description: Description


class Changes(TypedDict, total=False):
    """What a task is compiled with instead of its own robot and objects, for a variation."""

    robot: str
    gripper: str
    base: tuple[float, float]
    """The robot's base is moved by x and y, m."""
    stretch: tuple[str, tuple[float, float, float]]
    """An object and its factors along the axes of the world."""
    category: tuple[str, str]
    """An object and the kind that stands there under its name."""
    extras: tuple[str, ...]
    """Kinds of objects that are added as `distractor_1` and so on."""
