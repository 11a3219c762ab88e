"""Which assets a run uses: LIBERO's from the installed wheels, the hub's, or a directory."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.assets.wheels import wheels_path
from harness.core.errors import UserError
from harness.core.files import whole_file
from harness.core.paths import cache_dir

ORIGINAL, HUB = "original", "hub"
"""Names for `--assets` beside directories."""

HUB_REPO = "lerobot/libero-assets"
"""Data set that hf-libero 0.1.4 downloads (libero/utils/download_utils.py)."""

FOLDERS = (
    *("articulated_objects", "scenes", "stable_hope_objects", "stable_scanned_objects", "textures"),
    "turbosquid_objects",
)
"""What LIBERO's classes read from; a task that needs a file that is missing there is refused by its name."""


@dataclass(frozen=True)
class AssetTree:
    """A tree of MJCF files and what they refer to; `digest` changes when any of its files does."""

    name: str
    path: Path
    digest: str

    @property
    def label(self) -> str:
        """Written on every row of results."""
        return f"{self.name}@{self.digest[:12]}"


def resolve(spec: str) -> AssetTree:
    """The tree that `spec` names: `original`, `hub` or a directory.

    Raises UserError where the wheels are not installed, the hub cannot be reached, or the directory lacks
    folders or has a texture that is no image.
    """
    if spec == ORIGINAL:
        return _tree(ORIGINAL, wheels_path())
    if spec == HUB:
        return _tree(HUB, _cached_hub() or _download())
    path = Path(spec).expanduser()
    if not path.is_dir():
        raise UserError(f"no assets {spec!r}; known: {ORIGINAL}, {HUB}, or a directory with LIBERO's assets")
    return _tree(path.resolve().name, path.resolve())


def missing_folders(path: Path) -> list[str]:
    """Of those that LIBERO reads from, the ones that `path` lacks."""
    return [name for name in FOLDERS if not (path / name).is_dir()]


def _tree(name: str, path: Path) -> AssetTree:
    if absent := missing_folders(path):
        raise UserError(
            f"assets {str(path)!r} lack {', '.join(absent)}; give a directory with LIBERO's assets, or "
            f"--assets {ORIGINAL}"
        )
    return AssetTree(name, path, _digest(path))


def _digest(path: Path) -> str:
    """Hash of names and contents; remembered as long as no size and no time of change differs.

    Raises UserError for a texture that cannot be read, which MuJoCo would refuse in the middle of a study.
    """
    members = sorted(member for member in path.rglob("*") if member.is_file())
    stamps = [(str(member), member.stat().st_size, member.stat().st_mtime_ns) for member in members]
    stamp = hashlib.sha256(json.dumps(stamps).encode()).hexdigest()
    memory = cache_dir() / "digests" / f"{stamp[:32]}.txt"
    with suppress(OSError):
        return memory.read_text()
    for member in members:
        if member.suffix.lower() == ".png":
            _check_texture(member)
    digest = hashlib.sha256()
    for member in members:
        digest.update(member.relative_to(path).as_posix().encode() + b"\0")
        with member.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    with suppress(OSError), whole_file(memory) as partial:
        partial.write_text(digest.hexdigest())
    return digest.hexdigest()


def _check_texture(path: Path) -> None:
    """Every part of a PNG file is there and has its checksum. Raises UserError."""
    from PIL import Image

    try:
        with Image.open(path, formats=("PNG",)) as picture:
            picture.verify()
    except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError or struct.error.
        said = " ".join(str(error).replace(repr(str(path)), "it").split())
        raise UserError(
            f"texture {str(path)!r} is not a whole PNG image ({said}); put LIBERO's own file in its place, "
            f"or give --assets {ORIGINAL}"
        ) from None


def _cached_hub() -> Path | None:
    """An earlier download: by huggingface_hub, or by LIBERO itself in its own place."""
    own = Path.home() / ".cache/libero/assets"
    if own.is_dir() and not missing_folders(own):
        return own
    try:
        from huggingface_hub import snapshot_download

        found = Path(snapshot_download(HUB_REPO, repo_type="dataset", local_files_only=True))
    except Exception:  # Nothing in its cache; its error classes differ by version.
        return None
    return None if missing_folders(found) else found


def _download() -> Path:
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(HUB_REPO, repo_type="dataset"))
    except Exception as error:
        raise UserError(
            f"cannot download {HUB_REPO} from the hub ({type(error).__name__}); "
            f"give --assets {ORIGINAL} or a directory"
        ) from error
