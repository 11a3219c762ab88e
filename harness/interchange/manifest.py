"""What a dataset that was written here says of its origin: a file beside the data, bound to it by hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import UserError
from harness.core.files import content, write_whole
from harness.interchange.placements import SAMPLED, UNKNOWN

NAME = "steering_benchmark.json"


@dataclass(frozen=True)
class Origin:
    """One demonstration of the dataset, in its order."""

    task_id: int
    seed: int
    sha256: str
    """Of the demonstration's own file, which its attempt vouches for."""


def write(folder: Path, suite: str, form: str, assets: str, origins: Sequence[Origin]) -> None:
    """Write it, last: it names every file of the folder with its hash."""
    files = {file.relative_to(folder).as_posix(): sha256(file) for file in _files(folder)}
    facts = {"suite": suite, "format": form, "assets": assets, "placements": SAMPLED}
    said = {**facts, "files": files, "demonstrations": [vars(origin) for origin in origins]}
    write_whole(folder / NAME, json.dumps(said, indent=1) + "\n")


def is_own(folder: Path) -> bool:
    """Whether the folder is a dataset that was written here."""
    return (folder / NAME).is_file()


def placements(path: Path, used: Iterable[Path]) -> str:
    """`sampled` where the files `used` are those that were written here, else `unknown`."""
    folder = path if path.is_dir() else path.parent
    if not is_own(folder):
        return UNKNOWN
    try:
        said = json.loads(content(folder / NAME))
        files = {str(name): str(digest) for name, digest in said["files"].items()}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise UserError(f"{str(folder / NAME)!r} is damaged; write the dataset again, or remove it") from None
    for file in used:
        name = file.relative_to(folder).as_posix()
        if files.get(name) != sha256(file):
            raise UserError(
                f"{str(file)!r} is not what was written there; write the dataset again, or remove {NAME} to "
                "use it as one of unknown origin"
            )
    return SAMPLED if said.get("placements") == SAMPLED else UNKNOWN


def sha256(file: Path) -> str:
    """Of a file's content."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and file.name != NAME)
