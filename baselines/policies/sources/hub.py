"""Checkpoints in a directory or on the hub: what kind they are, and whether the hub answers."""

from __future__ import annotations

import functools
import socket
import urllib.parse
import urllib.request
from pathlib import Path

import huggingface_hub

from harness.core.errors import UserError
from harness.core.record_lines import parsed

CONFIG = "config.json"

MOST_LAYERS = 1000
"""Of a network."""

MOST_SIZE = 2**24
"""Of any other number in its config.json, such as the size of a vocabulary."""


def kind(spec: str) -> str:
    """`model_type` of a checkpoint's config.json, which names a file of `baselines.policies.formats`."""
    values = read_config(config(spec))
    found = values.get("model_type") or values.get("type")
    if not found or not isinstance(found, str):
        raise UserError(
            f"policy {spec!r}: its {CONFIG} names no model_type; it is not a checkpoint of a policy"
        )
    return found


def read_config(path: Path) -> dict[str, object]:
    """A config.json. Raises UserError where it is damaged, or asks for a network that nobody has."""
    try:
        values = parsed(path.read_bytes())
        if not isinstance(values, dict):
            raise ValueError("it is no object")
        _check_size(values)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UserError(f"{path} is damaged ({why}); copy or download the checkpoint again") from None
    return values


def _check_size(values: object, name: str = "") -> None:
    """Raise ValueError where a network could not be built for its size."""
    most = MOST_LAYERS if "layers" in name else MOST_SIZE
    if isinstance(values, int | float) and not abs(values) <= most:
        raise ValueError(f"{name} is more than {most}")
    if isinstance(values, dict):
        for key, value in values.items():
            _check_size(value, key)
    if isinstance(values, list):
        for value in values:
            _check_size(value, name)


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
