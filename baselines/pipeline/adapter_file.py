"""Adapter files: trained tensors as safetensors, and beside them what is trained and where it comes from.

Imports no torch, so that a study can look at its adapters before it begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import DamagedFileError
from harness.core.files import write_whole
from harness.core.record_lines import parsed, sealed, unsealed


@dataclass(frozen=True)
class Details:
    """What the .json beside an adapter says of it, with a digest of all that."""

    adapt_id: str
    method: str
    policy: str
    """As it was asked for."""
    policy_sha256: str
    sha256: str
    """Of the adapter file."""
    normalisation: Mapping[str, Sequence[float]]
    """See `baselines.adaptable.normalisation`."""
    trainable: Mapping[str, object]
    """See `baselines.adaptable.trainable`."""


def write(path: Path, content: bytes, details: Details) -> None:
    """Write an adapter and the .json beside it."""
    # The details go first: an adapter file without them cannot be read, the other way round is harmless.
    write_whole(path.with_suffix(".json"), sealed(vars(details)) + b"\n")
    write_whole(path, content)


def digest(content: bytes) -> str:
    """SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def read(path: Path, policy_sha256: str) -> tuple[Details, bytes]:
    """The adapter of the name `path` for the policy of that hash, and the content of its file.

    Raises DamagedFileError where a file is missing, or not what was written.
    """
    details = _details(path, policy_sha256)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    _compare(path, digest(content), details)
    return details, content


def check(path: Path, policy_sha256: str) -> str:
    """As `read`, without keeping the content in memory; returns the SHA-256 of the file."""
    details = _details(path, policy_sha256)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from None
    _compare(path, found, details)
    return found


def _details(path: Path, policy_sha256: str) -> Details:
    beside = path.with_suffix(".json")
    try:
        line = unsealed(beside.read_bytes().removesuffix(b"\n"))
        values = parsed(line)
        if not isinstance(values, dict):
            raise ValueError("it is no object")
        details = Details(**values)
        if not all(isinstance(value, str | dict) for value in values.values()):
            raise ValueError("something has another type")
    except (OSError, ValueError, TypeError) as error:
        why = getattr(error, "strerror", None) or error
        raise DamagedFileError(f"adapter {str(path)!r} has no sound .json beside it ({why})") from None
    if details.policy_sha256 != policy_sha256:
        raise DamagedFileError(
            f"adapter {str(path)!r} was trained on policy {details.policy!r} "
            f"({details.policy_sha256[:12]}), not on the one that is asked for ({policy_sha256[:12]})"
        )
    if details.adapt_id != path.stem:
        raise DamagedFileError(f"adapter {str(path)!r} is that of {details.adapt_id!r}")
    return details


def _compare(path: Path, found: str, details: Details) -> None:
    if found != details.sha256:
        raise DamagedFileError(f"adapter {str(path)!r} is damaged or another one than was written")


def _unreadable(path: Path, error: OSError) -> DamagedFileError:
    return DamagedFileError(f"adapter {str(path)!r} cannot be read ({error.strerror})")
