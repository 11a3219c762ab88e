"""What there is: `python -m harness.list suites|tasks|methods|policies|variations|selectors|checkpoints`."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core import registry, variation_grammar
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.formats import choice
from harness.core.keys import Task
from harness.core.protocols import Suite, Variation
from harness.core.schema import setting

KINDS = ("suites", "tasks", "methods", "policies", "selectors", "variations", "checkpoints", "formats")


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    kind: str = setting("what to list", "", format=choice(*KINDS), positional=True, required=True)
    suite: str | None = setting("only the tasks of this suite", None)
    all: bool = setting("the fakes that tests use, too", False)


@command
def main(argv: Sequence[str] | None) -> int:
    """Print one line for each thing; returns the exit status."""
    options = parse(
        Options(),
        argv,
        prog="harness.list",
        description="List what a study can be made of.",
    )
    for line in lines(options.kind, options.suite, options.all):
        print(line)
    return 0


def lines(kind: str, suite: str | None, fakes: bool) -> Iterator[str]:
    """The lines of one kind. Raises UserError for an unknown suite."""
    names = registry.names if fakes else registry.public_names
    if kind == "tasks":
        for name in [suite] if suite else names("suite"):
            for task in _tasks(name, asked=suite is not None):
                yield f"{task.suite:<18}{task.task_id:>3}  {task.instruction}"
        return
    singular = {"policies": "policy"}.get(kind, kind.removesuffix("s"))
    for name in names(singular):
        yield f"{name:<26}{described(singular, name)} [{registry.origin(singular, name)}]"
    if kind == "variations":
        for group, members in variation_grammar.groups().items():
            yield f"{group:<26}{', '.join(members)}"


def _tasks(suite: str, asked: bool) -> Sequence[Task]:
    """Tasks of a suite; none where a package is missing and the suite was not asked for. Raises UserError."""
    try:
        return registry.find("suite", suite).tasks
    except UserError:
        if asked:
            raise
        return ()


def described(kind: str, name: str) -> str:
    """One line about a thing; why it cannot be used where that is so, which may be true of outside things."""
    try:
        facts = FACTS[kind](registry.find(kind, name)) if kind in FACTS else ""
        return f"{summary(kind, name)} {facts}".strip()
    except UserError as error:
        return f"cannot be used: {error}"


def summary(kind: str, name: str) -> str:
    """First line of the docstring of the file that defines `name`; the file is read, not imported."""
    try:
        spec = importlib.util.find_spec(registry.module_name(kind, name))
    except ImportError as error:
        raise UserError(f"{error}") from None
    if spec is None or spec.origin is None:
        return ""
    with open(spec.origin, encoding="utf-8") as file:
        text = ast.get_docstring(ast.parse(file.read())) or ""
    return text.partition("\n")[0]


def size(suite: Suite) -> str:
    """What there is to do in a suite."""
    return f"{len(suite.tasks)} tasks, {suite.max_steps} steps, {suite.init_count} initial states."


def levels(variation: Variation) -> str:
    """The physical quantity of each level from 1."""
    quantities = ", ".join(f"{quantity:g}" for quantity in variation.quantities[1:])
    return f"Levels: {quantities} {variation.unit}."


FACTS: dict[str, Callable[[Any], str]] = {"suite": size, "variation": levels}
"""What is said of a thing beside its summary."""


if __name__ == "__main__":
    sys.exit(main())
