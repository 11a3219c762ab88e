"""A LIBERO task file of one's own as a suite with one task."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.assets.libero_setup import libero_root
from benchmarks.suites._libero import LiberoSuite, instruction, language
from harness.core.errors import UserError
from harness.core.keys import Task

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

MAX_STEPS = 400
"""Step budget of openpi's examples/libero/main.py for libero_90, the most general of its suites."""

SECTIONS = (":domain", ":regions", ":fixtures", ":objects", ":obj_of_interest", ":init", ":goal")
"""What LIBERO's reader must find beside the problem's name; `:language` may be missing."""

SURFACES = frozenset({"table", "floor", "kitchen_table", "coffee_table", "living_room_table", "study_table"})
"""Fixtures that belong to LIBERO's scenes."""


@dataclass(frozen=True)
class TaskFileSuite(LiberoSuite):
    """One task. Initial state i is sampled from the file's regions by seed i."""

    path: Path = Path()
    instruction: str = ""

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The file's name."""
        return (self.path.stem,)

    @cached_property
    def tasks(self) -> Sequence[Task]:
        """The only task."""
        return (Task(self.name, 0, self.path.stem, self.instruction),)

    def task_file(self, task_id: int) -> Path:
        """The file itself."""
        return self.path

    def init_states(self, task_id: int) -> NDArray[np.float64] | None:
        """None: they are sampled."""
        return None

    def simulate(self, task_id: int, assets: str, engine: str = "fast") -> Simulation:
        """The compiled task. Raises UserError for kinds of objects that LIBERO does not have."""
        check_kinds(self.path)
        return super().simulate(task_id, assets, engine)


def suite_from_file(path: Path) -> TaskFileSuite:
    """The suite of a task file, called after the file and the hash of its content.

    Raises UserError for a file that is missing or that LIBERO could not read.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "no text"
        raise UserError(f"cannot read task file {path} ({why}); give the path of a .bddl file") from None
    check(path, sections(path, text))
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-") or "task"
    name = f"{stem[:80]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    said = language(text) or instruction(path.stem)
    return TaskFileSuite(name, MAX_STEPS, path=path.resolve(), instruction=said)


def sections(path: Path, text: str) -> dict[str, list[Any]]:
    """What follows each head of the file, as nested lists in lower case. Raises UserError."""
    from bddl.parsing import scan_tokens

    try:
        define, *groups = scan_tokens(string=text)
        found = {str(group[0]): list(group[1:]) for group in groups}
    except Exception as error:  # the reader raises plain exceptions, and whatever a malformed list leads to
        why = str(error) or type(error).__name__
        raise UserError(
            f"task file {path} is no BDDL ({why}); mend it, or start from one of LIBERO's"
        ) from None
    if define != "define":
        raise UserError(f"task file {path} begins with {define!r} instead of 'define'; mend it")
    return found


def check(path: Path, found: dict[str, list[Any]]) -> None:
    """Raise UserError for what LIBERO could not read."""
    if missing := [name for name in ("problem", *SECTIONS) if name not in found]:
        raise UserError(f"task file {path} has no ({missing[0]} ...); add it, as LIBERO's own files have it")
    problem, known = str(found["problem"][-1]), problems()
    if problem not in known:
        raise UserError(f"task file {path}: unknown problem {problem!r}; known: {', '.join(known)}")
    names = declared(found)
    for predicate in predicates(found[":goal"]):
        for name in predicate[1:]:
            if name not in names:
                raise UserError(
                    f"task file {path}: the goal names {name!r}, which is not declared; "
                    f"declared: {', '.join(sorted(names))}"
                )


def problems() -> list[str]:
    """LIBERO's kinds of scenes, by which the file's problem is named."""
    folder = libero_root() / "envs" / "problems"
    return sorted(file.stem for file in folder.glob("libero_*.py"))


def declared(found: dict[str, list[Any]]) -> set[str]:
    """Names of fixtures, objects and regions."""
    things = {word for head in (":fixtures", ":objects") for word in found[head]}
    for region, *attributes in found[":regions"]:
        targets = [attribute[1] for attribute in attributes if attribute[0] == ":target"]
        things |= {f"{target}_{region}" for target in targets}
    return things - {"-"}


def predicates(goal: list[Any]) -> list[list[str]]:
    """The innermost lists of a goal, such as ["on", "mug_1", "plate_1"]."""
    if goal and all(isinstance(part, str) for part in goal):
        return [goal]
    return [each for part in goal if isinstance(part, list) for each in predicates(part)]


def check_kinds(path: Path) -> None:
    """Raise UserError for a kind of object or fixture that LIBERO does not have."""
    from benchmarks.assets.libero_setup import import_libero

    import_libero()
    from libero.libero.envs.objects import OBJECTS_DICT

    found = sections(path, path.read_text())
    words = found[":fixtures"] + found[":objects"]
    kinds = {words[index + 1] for index, word in enumerate(words[:-1]) if word == "-"}
    surfaces = {"table", "floor", "kitchen_table", "coffee_table", "living_room_table", "study_table"}
    if unknown := sorted(kinds - surfaces - set(OBJECTS_DICT)):
        raise UserError(
            f"task file {path}: no object {unknown[0]!r}; known: {', '.join(sorted(OBJECTS_DICT))}"
        )
