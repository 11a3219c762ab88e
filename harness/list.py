"""What there is: `python -m harness.list suites|tasks|methods|policies|variations`."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator, Sequence

from harness.core import registry, variation_grammar
from harness.core.command_line import Parser
from harness.core.errors import UserError
from harness.study.study import public_names

KINDS = ("suites", "tasks", "methods", "policies", "selectors", "variations")


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line for each thing; returns the exit status."""
    parser = Parser(prog="harness.list", description="List what a study can be made of.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--suite", help="only the tasks of this suite")
    parser.add_argument("--all", action="store_true", help="the fakes that tests use, too")
    try:
        options = parser.parse_args(argv)
        for line in lines(options.kind, options.suite, options.all):
            print(line)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def lines(kind: str, suite: str | None, fakes: bool) -> Iterator[str]:
    """The lines of one kind. Raises UserError for an unknown suite."""
    names = registry.names if fakes else public_names
    if kind == "suites":
        for name in names("suite"):
            found = registry.find("suite", name)
            size = f"{len(found.tasks):>3} tasks, {found.max_steps} steps, {found.init_count} initial states"
            yield f"{name:<18}{size}"
    elif kind == "tasks":
        for name in [suite] if suite else names("suite"):
            for task in registry.find("suite", name).tasks:
                yield f"{name:<18}{task.task_id:>3}  {task.instruction}"
    elif kind == "variations":
        yield from _variations(names("variation"))
    else:
        singular = {"methods": "method", "policies": "policy", "selectors": "selector"}[kind]
        for name in names(singular):
            yield f"{name:<18}{summary(singular, name)}"


def _variations(names: Sequence[str]) -> Iterator[str]:
    """Each with the physical quantity of its levels from 1, then the groups."""
    for name in names:
        found = registry.find("variation", name)
        levels = ", ".join(f"{quantity:g}" for quantity in found.quantities[1:])
        yield f"{name:<21}{summary('variation', name)} Levels: {levels} {found.unit}"
    for group, members in variation_grammar.groups().items():
        yield f"{group:<21}{', '.join(members)}"


def summary(kind: str, name: str) -> str:
    """First line of the docstring of the file that defines `name`; the file is read, not imported."""
    spec = importlib.util.find_spec(registry.module_name(kind, name))
    if spec is None or spec.origin is None:
        return ""
    with open(spec.origin, encoding="utf-8") as file:
        text = ast.get_docstring(ast.parse(file.read())) or ""
    return text.partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
