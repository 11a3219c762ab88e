"""Which episodes a command runs an expert on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from harness.core.errors import UserError
from harness.core.ids import chosen
from harness.core.keys import Task
from harness.core.protocols import Expert, Suite

if TYPE_CHECKING:
    from benchmarks.episode.task_env import TaskEnv

IMAGE_SIZE = 64
"""Pixels; experts look at no images."""


def expert_of(suite: Suite) -> Expert:
    """The expert of a suite. Raises UserError where it has none."""
    if suite.expert is None:
        raise UserError(f"--suite {suite.name}: no expert solves it; choose one that MuJoCo simulates")
    return suite.expert


def tasks_of(suite: Suite, ids: Sequence[int]) -> list[Task]:
    """The tasks with these ids, all where there are none. Raises UserError."""
    return [suite.tasks[number] for number in chosen(ids, len(suite.tasks), "task", suite.name)]


def initial_states(suite: Suite, count: int) -> Sequence[int]:
    """`count` of the suite's official initial states, spread evenly over all. Raises UserError."""
    if count > suite.init_count:
        raise UserError(f"--episodes {count}: {suite.name} has {suite.init_count} initial states")
    return [number * suite.init_count // count for number in range(count)]


@contextmanager
def environment(suite: Suite, task_id: int, assets: str) -> Iterator[TaskEnv]:
    """The environment of a task of a suite with an expert, closed in the end. Raises UserError."""
    env = suite.make_env(task_id, assets=assets, image_size=IMAGE_SIZE, render="fast", engine="fast")
    try:
        yield cast("TaskEnv", env)
    finally:
        env.close()
