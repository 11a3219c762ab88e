"""Records to pandas: loading, tables, statistics."""

from __future__ import annotations

from typing import Any

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    """`results.load`, imported when it is first asked for: pandas takes a second."""
    if name == "load":
        from results.records.loading import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
