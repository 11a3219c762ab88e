"""Which of a suite's tasks a study asks for."""

from __future__ import annotations

import sys
from collections import Counter
from hashlib import sha256

from harness.core.errors import UserError
from harness.core.ids import chosen
from harness.core.protocols import Suite
from harness.core.settings import Scenes


def tasks_of(asked: Scenes, suite: Suite) -> tuple[int, ...]:
    """Tasks by number and dimension, without those that cannot be run here.

    What cannot be run is left out, and said, where all were asked for, and refused where it was named. Tasks
    of a suite with dimensions are in an order that mixes them, so that a limit takes some of each. Raises
    UserError.
    """
    _check_dimensions(asked.dimensions, suite)
    task_ids = [
        task_id
        for task_id in chosen(asked.task_ids, len(suite.tasks), "task", suite.name)
        if not asked.dimensions or suite.dimension(task_id) in asked.dimensions
    ]
    reasons = {task_id: why for task_id in task_ids if (why := suite.refusal(task_id))}
    if reasons and (asked.task_ids or asked.dimensions):
        task_id, why = next(iter(reasons.items()))
        raise UserError(
            f"{len(reasons)} of {len(task_ids)} tasks cannot be run, first {task_id} of {suite.name}: {why}; "
            "choose other --tasks or --dimensions"
        )
    for why, count in Counter(reasons.values()).items():
        print(f"left out: {count} of {len(task_ids)} tasks: {why}", file=sys.stderr)
    kept = [task_id for task_id in task_ids if task_id not in reasons]
    if not kept:
        what = ", ".join(asked.dimensions)
        raise UserError(f"none of the tasks asked for of {suite.name} changes {what}; give other --tasks")
    return tuple(sorted(kept, key=lambda task_id: _mixed(suite, task_id)) if suite.dimensions else kept)


def _check_dimensions(asked: tuple[str, ...], suite: Suite) -> None:
    known = suite.dimensions
    if asked and not known:
        raise UserError(
            f"--dimensions {','.join(asked)}: {suite.name} has none; leave it out, or choose a suite of "
            "LIBERO-Plus such as libero_plus_spatial"
        )
    if unknown := [name for name in asked if name not in known]:
        raise UserError(f"unknown dimension {unknown[0]!r} of {suite.name}; known: {', '.join(known)}")


def _mixed(suite: Suite, task_id: int) -> str:
    return sha256(suite.tasks[task_id].name.encode()).hexdigest()
