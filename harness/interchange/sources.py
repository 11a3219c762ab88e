"""Where `--demos-from` points: a file, a folder or a data set on the hub, and its format."""

from __future__ import annotations

import os
from pathlib import Path

from harness.core import registry
from harness.core.errors import UserError
from harness.core.protocols import DatasetFormat


def located(spec: str) -> Path:
    """The dataset on this disk; one of the hub is downloaded, or taken from its cache. Raises UserError."""
    path = Path(os.path.expanduser(spec))
    if os.path.exists(path):
        return path
    if spec.count("/") != 1 or spec.startswith((".", "/", "~")):
        raise UserError(
            f"--demos-from {spec!r}: no such file or folder; give a path, or a hub id as owner/name"
        )
    import huggingface_hub

    try:
        return Path(huggingface_hub.snapshot_download(spec, repo_type="dataset", local_files_only=True))
    except (OSError, ValueError):
        pass  # not in the cache, or not whole
    try:
        return Path(huggingface_hub.snapshot_download(spec, repo_type="dataset", etag_timeout=5))
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"--demos-from {spec!r}: neither a path nor a data set that the hub gives ({reason}); check the "
            "name and the network, or give a downloaded folder"
        ) from None


def recognised(path: Path) -> DatasetFormat | None:
    """The format of a dataset, None where none recognises it."""
    forms = (registry.find("format", name) for name in registry.names("format"))
    return next((form for form in forms if form.recognises(path)), None)


def format_of(path: Path) -> DatasetFormat:
    """The format of a dataset. Raises UserError where none recognises it."""
    if (form := recognised(path)) is not None:
        return form
    known = registry.names("format")
    raise UserError(
        f"--demos-from {str(path)!r} is no dataset of a known format ({', '.join(known)}): it has neither "
        "meta/info.json nor HDF5 files with data/demo_0; give the folder that has them"
    )
