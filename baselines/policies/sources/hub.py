"""Checkpoints in a directory or on the hub: what kind they are, and whether the hub answers."""

from __future__ import annotations

import functools
import json
import socket
import urllib.parse
import urllib.request
from pathlib import Path

import huggingface_hub

from harness.core.errors import UserError

CONFIG = "config.json"


def kind(spec: str) -> str:
    """`model_type` of a checkpoint's config.json, which names a file of `baselines.policies.formats`."""
    path = config(spec)
    values = json.loads(path.read_text())
    found = values.get("model_type") or values.get("type")
    if not found:
        raise UserError(
            f"policy {spec!r}: its {CONFIG} names no model_type; it is not a checkpoint of a policy"
        )
    return str(found)


def config(spec: str) -> Path:
    """The config.json of a checkpoint directory or hub id; UserError where there is none."""
    if Path(spec).is_dir():
        path = Path(spec) / CONFIG
        if not path.is_file():
            raise UserError(
                f"policy directory {spec!r} lacks {CONFIG}; make one with `python -m harness.pretrain` or "
                "name a built-in policy"
            )
        return path
    try:
        return Path(huggingface_hub.hf_hub_download(spec, CONFIG, local_files_only=not reachable()))
    except (OSError, ValueError) as error:
        raise unreachable(spec, error) from error


def revision(spec: str) -> str:
    """Commit of a hub id, `unknown` for a directory."""
    path = config(spec)
    return path.parent.name if path.parent.parent.name == "snapshots" else "unknown"


def unreachable(spec: str, error: Exception) -> UserError:
    """What to say where a checkpoint cannot be loaded."""
    reason = str(error).strip().splitlines()[0]
    return UserError(
        f"cannot load policy {spec!r} ({reason}); check the name and the network, "
        "or use a downloaded directory or a built-in policy"
    )


@functools.cache
def reachable() -> bool:
    """Whether the hub answers within seconds: its client would repeat each request for half a minute."""
    if urllib.request.getproxies():
        return True
    address = urllib.parse.urlsplit(huggingface_hub.constants.ENDPOINT)
    try:
        socket.create_connection((address.hostname, address.port or 443), timeout=5).close()
    except OSError:
        return False
    return True
