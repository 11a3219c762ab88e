"""Frozen dataclasses as JSON and arrays, and back.

Unlike a pickle, such a file runs no code when it is read: classes are looked up among those that the reader
knows, and arrays hold numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np

ARRAY, TUPLE, SET, CLASS = "array", "tuple", "set", "class"
"""What JSON does not have is an object with one of these as its first member."""

Arrays = dict[str, np.ndarray]
Classes = Mapping[str, type]


def packed(value: object, arrays: Arrays) -> object:
    """`value` as JSON has it; its arrays go to `arrays`. Raises TypeError for what has no such form."""
    if isinstance(value, np.ndarray):
        name = str(len(arrays))
        arrays[name] = value
        return {ARRAY: name}
    if is_dataclass(value) and not isinstance(value, type):
        values = {one.name: packed(getattr(value, one.name), arrays) for one in fields(value)}
        return {CLASS: type(value).__name__, **values}
    if isinstance(value, tuple):
        return {TUPLE: [packed(one, arrays) for one in value]}
    if isinstance(value, frozenset):
        return {SET: [packed(one, arrays) for one in sorted(value)]}
    if isinstance(value, list):
        return [packed(one, arrays) for one in value]
    if isinstance(value, dict):
        return {name: packed(one, arrays) for name, one in value.items()}
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{type(value).__name__} has no form in a file")


def unpacked(value: object, arrays: Arrays, classes: Classes) -> object:
    """Inverse of `packed`. Raises KeyError for an unknown class or array, TypeError for unknown fields."""
    if isinstance(value, list):
        return [unpacked(one, arrays, classes) for one in value]
    if not isinstance(value, dict):
        return value
    kind, first = next(iter(value.items()), ("", None))
    if kind == ARRAY:
        return arrays[str(first)]
    if kind in (TUPLE, SET):
        inner = unpacked(first, arrays, classes)
        if not isinstance(inner, list):
            raise TypeError(f"a {kind} of {type(inner).__name__}")
        return tuple(inner) if kind == TUPLE else frozenset(inner)
    values = {name: unpacked(one, arrays, classes) for name, one in value.items() if name != CLASS}
    return classes[str(first)](**values) if kind == CLASS else values
