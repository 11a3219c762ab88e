"""What LIBERO's suites share: task files, official initial states, environments, demonstrations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from runpy import run_path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.assets.libero_setup import libero_root
from benchmarks.suites._simulated import SimulatedSuite
from harness.core.keys import Task
from harness.core.protocols import Expert

if TYPE_CHECKING:
    from benchmarks.episode.task_env import Condition, TaskEnv
    from benchmarks.sim.simulation import Simulation


TASK_MAP = "benchmark/libero_suite_task_map.py"


@dataclass(frozen=True)
class LiberoSuite(SimulatedSuite):
    """One of LIBERO's suites. `max_steps` is the step budget after settling, by protocol name."""

    name: str
    max_steps: int
    init_count: int = 50

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Task names in official order."""
        return released_order(libero_root(), self.name)

    @cached_property
    def tasks(self) -> Sequence[Task]:
        """Tasks in official order; the instruction is the file's name, as LIBERO's evaluation has it."""
        return tuple(
            Task(self.name, number, name, instruction(name)) for number, name in enumerate(self.order)
        )

    def task_file(self, task_id: int) -> Path:
        """The official BDDL file."""
        return libero_root() / "bddl_files" / self.name / f"{self.order[task_id]}.bddl"

    def init_file(self, task_id: int) -> Path:
        """The official initial states."""
        return libero_root() / "init_files" / self.name / f"{self.order[task_id]}.pruned_init"

    def init_states(self, task_id: int) -> NDArray[np.float64] | None:
        """Official initial states [count, 1 + nq + nv]; None where they are sampled."""
        from benchmarks.sim.simulation import load_init_states

        return load_init_states(self.init_file(task_id))

    def simulate(self, task_id: int, assets: str, engine: str = "fast") -> Simulation:
        """The compiled task: seconds the first time on a machine, then a tenth of one."""
        from benchmarks.build.libero_task import libero_simulation

        return libero_simulation(self.task_file(task_id), self.init_states(task_id), assets, engine=engine)

    def asset_label(self, assets: str) -> str:
        """Name and hash of the tree. Raises UserError where it lacks files."""
        from benchmarks.assets.trees import resolve

        return resolve(assets).label

    def asset_directory(self, assets: str) -> Path | None:
        """The tree's folder; that of the wheels is installed wherever workers are."""
        from benchmarks.assets.trees import ORIGINAL, resolve

        return None if assets == ORIGINAL else resolve(assets).path

    @property
    def expert(self) -> Expert:
        """Plans from the goal of each task file."""
        from benchmarks.experts.libero import EXPERT

        return EXPERT

    def make_env(
        self, task_id: int, *, assets: str, image_size: int, render: str, engine: str = "fast"
    ) -> TaskEnv:
        """The environment of one task."""
        from benchmarks.build.libero_rebuild import rebuild
        from benchmarks.episode.task_env import TaskEnv

        return TaskEnv(
            self.tasks[task_id],
            lambda: self.simulate(task_id, assets, engine),
            max_steps=self.max_steps,
            image_size=image_size,
            render=render,
            rebuild=rebuild,
            gives=self.gives,
            init_count=self.init_count,
            condition=self.condition(task_id, image_size),
            drawn_size=self.drawn_size(task_id),
        )

    def condition(self, task_id: int, image_size: int) -> Condition | None:
        """What is the same in every episode of a task and not in its file; None for nothing."""
        return None

    def drawn_size(self, task_id: int) -> int | None:
        """Side of the images as they are drawn, where that is not the policy's; pixels."""
        return None


def released_order(root: Path, suite: str) -> tuple[str, ...]:
    """Task names of a suite in LIBERO's map below `root`, a file: its package imports torch."""
    return tuple(run_path(str(root / TASK_MAP))["libero_task_map"][suite])


def instruction(name: str) -> str:
    """`KITCHEN_SCENE1_put_the_bowl_down` -> `put the bowl down`: what policies are told."""
    return re.sub(r"^[A-Z_]+SCENE\d+_", "", name).replace("_", " ")


def language(text: str) -> str:
    """What a task file's `:language` says, in lower case as LIBERO reads it; empty where it has none."""
    told = re.search(r"\(:language\s+([^()]*?)\s*\)", text)
    return " ".join(told.group(1).split()).lower() if told else ""
