"""A digest of the code that decides results, so that other changes of the checkout refuse no comparison."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

DECISIVE = (
    *("benchmarks", "baselines"),
    *(f"harness/core/{name}.py" for name in ("demonstration", "keys", "rng", "specs")),
    "harness/engine/rollout.py",
)
"""Simulation, policies and their adaptation, demonstrations, keys and generators, the loop of an episode."""

MEASURING = "perf"
"""Rooms with this name measure speed and decide nothing."""


@functools.cache
def source_digest() -> str:
    """64 hexadecimal digits; the same where only comments, docstrings, layout or commands differ."""
    found = sha256()
    for name, path in sorted(_files()):
        tree = ast.parse(path.read_bytes())
        if not _is_command(tree):
            found.update(f"{name}\n{ast.dump(_without_docstrings(tree))}\n".encode())
    return found.hexdigest()


def _files() -> Iterator[tuple[str, Path]]:
    for place in DECISIVE:
        package, _, below = place.partition("/")
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        root = Path(spec.origin).parent
        start = root / below
        for path in [start] if start.is_file() else start.rglob("*.py"):
            if MEASURING not in path.parts:
                yield f"{package}/{path.relative_to(root).as_posix()}", path


def _is_command(tree: ast.Module) -> bool:
    """Whether a file runs when it is called by itself: it prints, and others decide."""
    return any(isinstance(node, ast.If) and "__main__" in ast.dump(node.test) for node in tree.body)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    """`tree` without strings that stand for themselves."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [one for one in node.body if not _is_text(one)] or [ast.Pass()]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
