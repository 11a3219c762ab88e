"""The readable part of a checkpoint directory, without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.core.errors import UserError

WEIGHTS, CONFIG, POLICY = "model.safetensors", "config.json", "policy.json"


def describe(directory: Path) -> dict[str, Any]:
    """What the engine needs to know before it loads any weights."""
    meta = read_meta(directory)
    text = json.loads((directory / CONFIG).read_text())["vlm_config"]["text_config"]
    grid = (text["num_hidden_layers"], text["num_attention_heads"])
    fields = ("name", "image_size", "render", "assets", "horizon", "replan", "total_params")
    return {name: meta[name] for name in fields} | {
        "grid": grid,
        "sha256": sha256(directory / WEIGHTS),
        "pretrained_on": pretrained_on(meta.get("training", {}).get("tasks", {})),
    }


def pretrained_on(tasks: Mapping[str, int]) -> dict[str, Any]:
    """The suite with most of the training `tasks` ("suite/id" -> demonstrations), and their ids."""
    ids: dict[str, list[int]] = {}
    for name in tasks:
        suite, _, task_id = name.partition("/")
        ids.setdefault(suite, []).append(int(task_id))
    suite = max(ids, key=lambda name: len(ids[name]), default="")
    return {"suite": suite, "tasks": sorted(ids.get(suite, ()))}


def read_meta(directory: Path) -> dict[str, Any]:
    """`policy.json`; UserError that names the missing files."""
    lacking = [name for name in (WEIGHTS, CONFIG, POLICY) if not (directory / name).is_file()]
    if lacking:
        raise UserError(
            f"policy directory {str(directory)!r} lacks {', '.join(lacking)}; "
            "make one with `python -m baselines.pretrain` or name a built-in policy"
        )
    return dict(json.loads((directory / POLICY).read_text()))


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
