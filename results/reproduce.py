"""The command that makes a run again, from its study.json."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from results.rendering import spans

FLAGS = {
    "policy_spec": "--policy",
    "demos": "--demos",
    "steps": "--steps",
    "batch_size": "--batch-size",
    "num_heads": "--num-heads",
    "episodes": "--episodes",
    "limit": "--limit",
    "replan": "--replan",
    "adapt_per": "--adapt-per",
}
"""Setting -> flag of harness.run that gives it."""


def command(study: Mapping[str, Any]) -> str:
    """One line for a shell; empty where the run has no study.json. Every flag is explicit: presets change."""
    if not study:
        return ""
    words = ["python", "-m", "harness.run", "--suite", str(study["suite"])]
    words += ["--method", ",".join(study["methods"])]
    words += ["--tasks", spans(study["task_ids"], ","), "--seeds", spans(study["seeds"], ",")]
    for name, flag in FLAGS.items():
        if study.get(name) is not None:
            words += [flag, str(study[name])]
    if study.get("assets"):
        words += ["--assets", str(study["assets"])]
    return shlex.join(words)
