"""Find policies, methods and selectors by name: one name is one file (`steer-attn` is `steer_attn.py`)."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from harness.core.errors import UserError

FOLDERS = {"policy": "policies", "method": "methods", "selector": "selection.selectors"}


def names(kind: str) -> list[str]:
    """Known names of a kind, sorted. Files that start with an underscore are helpers."""
    package = importlib.import_module(f"baselines.{FOLDERS[kind]}")
    files = (module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)
    return sorted(file.replace("_", "-") for file in files if not file.startswith("_"))


def find(kind: str, name: str) -> Any:
    """The object called `name`; UserError with the known names."""
    known = names(kind)
    if name not in known:
        raise UserError(f"unknown {kind} {name!r}; known: {', '.join(known)}")
    module = importlib.import_module(f"baselines.{FOLDERS[kind]}.{name.replace('-', '_')}")
    return getattr(module, kind.upper())
