"""What a task's file says without its being compiled."""

from __future__ import annotations

import re
from functools import cache

from harness.core import registry
from harness.core.keys import Task
from harness.core.protocols import Suite

RELATIONS = ("between", "next", "center", "front", "beside")


def says_where(task: Task) -> bool:
    """Whether the instruction says where things stand relative to each other."""
    return any(word in task.instruction.split() for word in RELATIONS)


@cache
def moved_object(task: Task) -> str:
    """First argument of the goal's first predicate of two; empty where there is none.

    Where there is no task file, what the suite says.
    """
    found = re.search(r"\(:goal.*?\((?:On|In)\s+(\S+)\s+\S+\)", _text(task), re.DOTALL | re.IGNORECASE)
    if found:
        return found.group(1)
    return _suite(task).moved_object


@cache
def category(task: Task, name: str) -> str:
    """Kind of the object or fixture `name`; empty where the task file has none of that name."""
    declared = re.findall(r"((?:[\w.]+\s+)+)- (\w+)", _text(task))
    return next((kind for names, kind in declared if name in names.split()), "")


@cache
def categories(task: Task) -> tuple[str, ...]:
    """Kinds of objects and fixtures in the task's scene, sorted."""
    return tuple(sorted(set(re.findall(r"- (\w+)", _text(task)))))


def _text(task: Task) -> str:
    file = _suite(task).task_file(task.task_id)
    return file.read_text() if file else ""


def _suite(task: Task) -> Suite:
    suite = registry.find("suite", task.suite)
    return suite
