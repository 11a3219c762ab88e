"""The command that makes a run again, from its study.json."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import Field
from typing import Any

from harness.core.schema import described, flag_of, format_of, key_of, settings_of
from harness.core.settings import Settings
from harness.core.versions import MUJOCO


def command(study: Mapping[str, Any]) -> str:
    """One line for a shell; empty where the run has no study.json. What was not recorded is left out."""
    if not study:
        return ""
    mismatch = study.get("mujoco") not in (None, "", MUJOCO)
    permission = ["--allow-mujoco-mismatch"] if mismatch else []
    return shlex.join(["python", "-m", "harness.run", *words(Settings, study), *permission])


def words(kind: type, saved: Mapping[str, Any]) -> list[str]:
    """Flags and values of the settings of a dataclass that `saved` holds by their keys."""
    asked = [one for one, _ in settings_of(kind) if flag_of(one)]
    known = [one for one in asked if saved.get(key_of(one)) not in (None, [], ())]
    places = _references(saved)
    values = [_referred(saved[key_of(one)], places.get(key_of(one), {})) for one in known]
    return [word for one, value in zip(known, values, strict=True) for word in _words(one, value)]


KINDS = {"suite": "suite", "method": "methods", "selector": "selector", "variation": "variations"}
"""Kind of a reference -> key of the setting that names such things."""


def _references(study: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Key of a setting -> name -> the reference by which it was found."""
    found: dict[str, dict[str, str]] = {}
    for line in study.get("references", ()):
        kind, name, reference = line.split(" ", 2)
        if kind in KINDS:
            found.setdefault(KINDS[kind], {})[name] = reference
    return found


def _referred(value: object, references: Mapping[str, str]) -> object:
    """A setting's value with references in place of names, also within `camera:1+my-change:2`."""
    if isinstance(value, (list, tuple)):
        return [_referred(item, references) for item in value]
    if not isinstance(value, str):
        return value
    parts = (part.partition(":") for part in value.split("+"))
    return "+".join(f"{references.get(name, name)}{colon}{level}" for name, colon, level in parts)


def _words(one: Field[Any], value: object) -> Iterator[str]:
    """Flag and value; of a switch the flag, or what turns it off where a preset may turn it on."""
    flag = flag_of(one)
    if one.type != "bool":
        yield from (flag, format_of(one).write(value))
    elif value:
        yield flag
    elif described(one).negatable:
        yield f"--no-{flag[2:]}"
