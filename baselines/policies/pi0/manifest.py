"""The readable part of a checkpoint directory, without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.specs import PolicyInfo, StreamInfo

WEIGHTS, CONFIG, POLICY = "model.safetensors", "config.json", "policy.json"


def describe(directory: Path) -> PolicyInfo:
    """What the engine needs to know before it loads any weights."""
    meta = read_meta(directory)
    text = json.loads((directory / CONFIG).read_text())["vlm_config"]["text_config"]
    suite, task_ids = pretrained_on(meta.get("training", {}).get("tasks", {}))
    return PolicyInfo(
        name=meta["name"],
        image_size=meta["image_size"],
        render=meta["render"],
        horizon=meta["horizon"],
        replan_steps=meta["replan"],
        total_params=meta["total_params"],
        sha256=sha256(directory / WEIGHTS),
        streams=streams(text),
        pretrained_suite=suite,
        pretrained_tasks=task_ids,
    )


def streams(text_config: Mapping[str, Any]) -> tuple[StreamInfo, ...]:
    """Both streams of a pi0, which share one grid, from the configuration of its language model."""
    layers, heads = text_config["num_hidden_layers"], text_config["num_attention_heads"]
    kv_heads, size = text_config["num_key_value_heads"], text_config["head_dim"]
    return tuple(StreamInfo(name, layers, heads, kv_heads, size) for name in ("language", "expert"))


def pretrained_on(tasks: Mapping[str, int]) -> tuple[str, tuple[int, ...]]:
    """The suite with most of the training `tasks` ("suite/id" -> demonstrations), and their ids."""
    ids: dict[str, list[int]] = {}
    for name in tasks:
        suite, _, task_id = name.partition("/")
        ids.setdefault(suite, []).append(int(task_id))
    suite = max(ids, key=lambda name: len(ids[name]), default="")
    return suite, tuple(sorted(ids.get(suite, ())))


def read_meta(directory: Path) -> dict[str, Any]:
    """`policy.json`; UserError that names the missing files."""
    lacking = [name for name in (WEIGHTS, CONFIG, POLICY) if not (directory / name).is_file()]
    if lacking:
        raise UserError(
            f"policy directory {str(directory)!r} lacks {', '.join(lacking)}; "
            "make one with `python -m harness.pretrain` or name a built-in policy"
        )
    return dict(json.loads((directory / POLICY).read_text()))


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
