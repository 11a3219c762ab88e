"""The command that makes a run again, from its study.json."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from harness.core.versions import MUJOCO
from results.render.text_tables import spans

Setting = Callable[[str, Any], list[str]]
"""Flag and recorded value -> words of the command, none where the flag is to be left out."""


def _value(flag: str, value: Any) -> list[str]:
    return [flag, str(value)]


def _listed(flag: str, values: Any) -> list[str]:
    return [flag, ",".join(values)] if values else []


def _ids(flag: str, values: Any) -> list[str]:
    return [flag, spans(values, ",")]


def _switch(flag: str, value: Any) -> list[str]:
    return [flag] if value else []


def _either(flag: str, value: Any) -> list[str]:
    return [flag if value else f"--no-{flag[2:]}"]


def _other_version(flag: str, version: Any) -> list[str]:
    return [flag] if version not in ("", MUJOCO) else []


REPRODUCED: dict[str, tuple[str, Setting]] = {
    "--suite": ("suite", _value),
    "--method": ("methods", _listed),
    "--tasks": ("task_ids", _ids),
    "--seeds": ("seeds", _ids),
    "--policy": ("policy_spec", _value),
    "--assets": ("assets", _value),
    "--recipe": ("recipe", _value),
    "--engine": ("engine", _value),
    "--render": ("render", _value),
    "--adapt-per": ("adapt_per", _value),
    "--variations": ("variations", _listed),
    "--demos": ("demos", _value),
    "--steps": ("steps", _value),
    "--batch-size": ("batch_size", _value),
    "--num-heads": ("num_heads", _value),
    "--sweep": ("sweep", _either),
    "--compile": ("compile", _switch),
    "--selector": ("selector", _value),
    "--include-dead": ("include_dead", _switch),
    "--resamples": ("resamples", _value),
    "--episodes": ("episodes", _value),
    "--forgetting": ("forgetting", _value),
    "--replan": ("replan", _value),
    "--limit": ("limit", _value),
    "--inference": ("inference", _value),
    "--any-mujoco": ("mujoco", _other_version),
}
"""Flag of harness.run -> the setting in study.json that it gives, and how."""

IRRELEVANT = {
    "--preset": "the amounts that it stands for are given one by one, because presets change",
    "--workers": "results do not depend on it",
    "--ray-address": "results do not depend on it",
    "--timeout": "results do not depend on it",
    "--retry-errors": "nothing is there to be retried",
    "--out": "a directory of one's own",
    "--new": "a directory of one's own",
    "--fail-under": "changes the exit status, no result",
    "--plan": "runs nothing",
}
"""Flag of harness.run that the command does without -> why."""


def command(study: Mapping[str, Any]) -> str:
    """One line for a shell; empty where the run has no study.json. What was not recorded is left out."""
    if not study:
        return ""
    words = ["python", "-m", "harness.run"]
    for flag, (name, setting) in REPRODUCED.items():
        if study.get(name) is not None:
            words += setting(flag, study[name])
    return shlex.join(words)
