"""What `--variations` asks for: names, levels, groups and combinations, checked before anything runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache

from harness.core import registry
from harness.core.errors import UserError
from harness.core.keys import EpisodeKey, Task
from harness.core.protocols import Variation

USUAL_LEVELS = (2, 4)
"""Taken where no level is named: a middle one and the strongest."""


def resolve(asked: Sequence[str], tasks: Sequence[Task]) -> tuple[str, ...]:
    """The settings of a study beside its clean episodes; says what a group's name does not cover.

    Raises UserError.
    """
    settings, left_out = parse(",".join(asked), tasks) if asked else ((), ())
    for note in left_out:
        print(f"left out: {note}", file=sys.stderr)
    return settings


def parse(text: str, tasks: Sequence[Task]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`lighting:1-4,distractors:2,camera:1+sensor-fog:2,paper` -> settings, and what was left out and why.

    A setting is `lighting:2`, or `camera:1+sensor-fog:2` for variations that come together. What no task
    admits is left out of a group and refused where it was named. `package.module:object` stands where a
    name does, as `my_package.haze:HAZE:1-4`; settings have the object's own name. Raises UserError.
    """
    settings: dict[str, None] = {}
    left_out: list[str] = []
    for item in text.split(","):
        if "+" in item:
            settings[_combination(item.strip(), tasks)] = None
            continue
        name, levels = _named(item.strip())
        if name in groups():
            for member in groups()[name]:
                chosen = _of_group(member, levels, name)
                if reason := refusal(member, tasks):
                    left_out.append(f"{member}: {reason}")
                else:
                    settings |= dict.fromkeys(f"{member}:{level}" for level in chosen)
        else:
            _check_admitted(name, tasks)
            settings |= dict.fromkeys(f"{name}:{level}" for level in _levels(name, levels))
    return tuple(settings), tuple(left_out)


def pairs(setting: str) -> tuple[tuple[str, int], ...]:
    """Variations and levels of a setting."""
    return EpisodeKey("", "", 0, 0, 0, *split(setting)).parts


def split(setting: str) -> tuple[str, int]:
    """Variation and level of an EpisodeKey; a combination keeps its text and has its strongest level."""
    if "+" in setting:
        return setting, max(int(part.rpartition(":")[2]) for part in setting.split("+"))
    name, _, level = setting.partition(":")
    return name, int(level or 0)


def admits(setting: str, task: Task) -> bool:
    """Whether the task can be varied so."""
    return not any(_refusal(name, task) for name, _ in pairs(setting))


def refusal(name: str, tasks: Sequence[Task]) -> str:
    """Why none of the tasks can be varied so; empty where one can."""
    reasons = [_refusal(name, task) for task in tasks]
    return reasons[0] if all(reasons) else ""


@cache
def groups() -> dict[str, tuple[str, ...]]:
    """Group -> its variations. `all` has every one but the fakes, which tests ask for by name."""
    members: dict[str, list[str]] = {"all": []}
    for name in registry.public_names("variation"):
        for group in ("all", *_variation(name).groups):
            members.setdefault(group, []).append(name)
    return {group: tuple(names) for group, names in members.items()}


def names() -> list[str]:
    """Everything that can be asked for, groups last."""
    return [*registry.public_names("variation"), *groups()]


def _refusal(name: str, task: Task) -> str:
    return _find(name).refusal(task)


def _named(item: str) -> tuple[str, str]:
    """`lighting:2` -> lighting and 2; `my_package.haze:HAZE:2` -> the name of that object and 2.

    What follows a known name is a level; otherwise an object is told from a level by its first character,
    which is no digit. Raises UserError.
    """
    name, _, rest = item.partition(":")
    if name in groups() or registry.knows("variation", name) or not rest or rest[0].isdigit():
        return name, rest
    attribute, _, levels = rest.partition(":")
    return registry.key("variation", f"{name}:{attribute}"), levels


def _find(name: str) -> Variation:
    if name in groups():
        raise UserError(f"{name} stands for {', '.join(groups()[name])}; combine them one by one")
    if not registry.knows("variation", name):
        what = f"unknown variation {name!r}" if name else "--variations has an empty place"
        raise UserError(f"{what}; known: {', '.join(names())}, or package.module:object")
    return _variation(name)


def _variation(name: str) -> Variation:
    found: Variation = registry.find("variation", name)
    return found


def _check_admitted(name: str, tasks: Sequence[Task]) -> None:
    _find(name)
    if reason := refusal(name, tasks):
        raise UserError(f"--variations {name}: {reason}; leave it out or choose other tasks")


def _levels(name: str, text: str) -> list[int]:
    """`1-4` or `2` -> levels that the variation has; the usual ones where the text is empty."""
    top = _top(name)
    if not text:
        return [level for level in USUAL_LEVELS if level <= top] or [top]
    return _range(name, text, top)


def _of_group(name: str, text: str, group: str) -> list[int]:
    """The asked levels as far as this member of the group has them; its strongest where it has none."""
    levels = _levels(name, "")
    if text:
        asked = _range(group, text, max(_top(member) for member in groups()[group]))
        levels = [level for level in asked if level <= _top(name)] or [_top(name)]
    return levels


def _top(name: str) -> int:
    """The strongest level of a variation."""
    return len(_find(name).quantities) - 1


def _range(name: str, text: str, top: int) -> list[int]:
    """`2` or `1-4` -> levels up to `top`. Raises UserError."""
    low, dash, high = text.partition("-")
    whole = low.isdecimal() and (high.isdecimal() if dash else True)
    if not whole or not 0 <= int(low) <= int(high or low) <= top:
        raise UserError(f"no level {text!r} of {name}; levels: 0 to {top}, as {name}:{top} or {name}:1-{top}")
    return list(range(int(low), int(high or low) + 1))


def _combination(item: str, tasks: Sequence[Task]) -> str:
    """One setting of several variations. Raises UserError where they contradict each other."""
    parts = []
    for part in item.split("+"):
        name, level = _named(part.strip())
        _check_admitted(name, tasks)
        if len(chosen := _levels(name, level)) != 1:
            raise UserError(f"--variations {item}: give one level for {name}, as {name}:2")
        parts.append((name, chosen[0]))
    for index, (name, _) in enumerate(parts):
        for other, _ in parts[:index]:
            claim = _find(name).claims
            if name == other or (claim and claim == _find(other).claims):
                what = "itself" if name == other else f"{other}, which decides the {claim} too"
                raise UserError(f"--variations {item}: {name} contradicts {what}; run them apart")
    return "+".join(f"{name}:{level}" for name, level in parts)
