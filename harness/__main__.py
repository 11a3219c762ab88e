"""The commands: `python -m harness` lists them, `python -m harness --version` says what is installed."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from harness.core.command_line import command, parse

PACKAGES = ("harness", "benchmarks", "baselines", "results")


@dataclass(frozen=True)
class Options:
    """Nothing can be asked for."""


@command
def main(argv: Sequence[str] | None) -> int:
    """Print one line a command; returns the exit status."""
    text = "List the commands; each has its own --help and --version."
    parse(Options(), argv, prog="harness", description=text)
    for name, text in commands():
        print(f"python -m {name:<28} {text}")
    return 0


def commands() -> Iterator[tuple[str, str]]:
    """Module and first line of the docstring of every command, by package; nothing is imported."""
    for package in PACKAGES:
        for folder in _folders(package):
            for file in sorted(folder.glob("*.py")):
                tree = ast.parse(file.read_text(encoding="utf-8"))
                if not file.name.startswith("__") and _is_command(tree):
                    yield f"{package}.{file.stem}", _summary(ast.get_docstring(tree) or "")


def _summary(text: str) -> str:
    """First line of a docstring up to an example of the command."""
    return re.split(r"`?python -m", text.partition("\n")[0])[0].rstrip(" :") or text


def _folders(package: str) -> list[Path]:
    spec = find_spec(package)
    return [Path(place) for place in spec.submodule_search_locations or ()] if spec else []


def _is_command(tree: ast.Module) -> bool:
    """Whether a file ends in `if __name__ == "__main__":`."""
    return any(
        isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'" for node in tree.body
    )


if __name__ == "__main__":
    sys.exit(main())
