"""Adapted policies in the memory of a process that acts: a worker or the policy server."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from harness.core import registry
from harness.core.errors import DamagedFileError
from harness.core.keys import AdaptKey
from harness.core.protocols import Policy
from harness.core.run_paths import RunPaths

Key = TypeVar("Key")
Value = TypeVar("Value")


def adapter_of(run: Path, key: AdaptKey) -> Path | None:
    """File of an adaptation's weights, None where nothing was trained. Raises DamagedFileError."""
    if not key.steps:
        return None
    path = RunPaths(run).adapter(key.adapt_id)
    if not path.exists():  # or the policy as it was would be evaluated under the method's name
        raise DamagedFileError(f"adapter {str(path)!r} is gone")
    return path


def restore(policy_spec: str, adapter: Path | None) -> Policy:
    """The adapted policy."""
    return registry.policy_side().restore(policy_spec, adapter)


def hardware_of(policy: Policy) -> str:
    """What computes its actions; empty for one that does not say. A policy need not subclass `Policy`."""
    return getattr(policy, "hardware", "")


def recent(
    cache: OrderedDict[Key, Value],
    name: Key,
    build: Callable[[], Value],
    size: int,
    discard: Callable[[Value], None] = lambda _: None,
) -> Value:
    """`cache[name]`, built where it is missing; the one unused for longest makes room first."""
    if name not in cache:
        while len(cache) >= size:
            discard(cache.popitem(last=False)[1])
        cache[name] = build()
    cache.move_to_end(name)
    return cache[name]
