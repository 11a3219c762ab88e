"""Find suites, variations, policies, methods and selectors by name: one name is one file in its folder."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from harness.core.errors import UserError

FOLDERS = {
    "suite": ("benchmarks.suites", "SUITE"),
    "variation": ("benchmarks.variations", "VARIATION"),
    "policy": ("baselines.policies", "POLICY"),
    "method": ("baselines.methods", "METHOD"),
    "selector": ("baselines.selection.selectors", "SELECTOR"),
}
"""Kind -> (package, attribute of each module that holds the object). Files starting with _ are helpers."""


def names(kind: str) -> list[str]:
    """Known names of a kind, sorted; reads file names only, imports nothing but the package."""
    package = importlib.import_module(FOLDERS[kind][0])
    found = (module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)
    return sorted(_public(name, kind) for name in found if not name.startswith("_"))


def find(kind: str, name: str) -> Any:
    """The object called `name`; raises UserError with the known names."""
    known = names(kind)
    if name not in known:
        raise UserError(f"unknown {kind} {name!r}; known: {', '.join(known)}")
    return getattr(importlib.import_module(module_name(kind, name)), FOLDERS[kind][1])


def module_name(kind: str, name: str) -> str:
    """Dotted name of the module that defines `name`."""
    return f"{FOLDERS[kind][0]}.{_file(name, kind)}"


def module(path: str) -> ModuleType:
    """A module of another package, by dotted name: the engine depends on none of them statically."""
    return importlib.import_module(path)


def _public(file: str, kind: str) -> str:
    return file if kind == "suite" else file.replace("_", "-")


def _file(name: str, kind: str) -> str:
    return name if kind == "suite" else name.replace("-", "_")
