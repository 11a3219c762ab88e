"""Which assets a run uses: LIBERO's original ones, the built-in pack, the hub's, or a directory."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.assets import builtin, original
from harness.core.errors import UserError
from harness.core.files import whole_file
from harness.core.paths import cache_dir

HUB_REPO = "lerobot/libero-assets"
"""Data set that hf-libero 0.1.4 downloads (libero/utils/download_utils.py)."""

HUB_PATIENCE = 3.0
"""Seconds to wait for the hub's first answer before falling back to the built-in pack."""


@dataclass(frozen=True)
class AssetPack:
    """A tree of MJCF files and what it refers to; `digest` changes when any of its files does."""

    name: str
    path: Path
    digest: str

    @property
    def label(self) -> str:
        """Written on every row of results."""
        return f"{self.name}@{self.digest[:12]}"


def resolve(spec: str) -> AssetPack:
    """The pack that `spec` names: `original`, `builtin`, `hub`, `auto` or a directory.

    `auto` takes $LIBERO_ASSETS, the original assets, an earlier download, the hub, or the built-in pack: the
    first that is there. Raises UserError where the original ones are not installed, the directory lacks files
    or has a texture that is no image, or the hub cannot be reached.
    """
    if spec == "auto":
        return _automatic()
    if spec == "original":
        return _pack("original", original.original_path())
    if spec == "builtin":
        return _pack("builtin", builtin_path())
    if spec == "hub":
        return _pack("hub", _cached_hub() or _download())
    path = Path(spec).expanduser()
    if not path.is_dir():
        raise UserError(
            f"no assets {spec!r}; known: original, builtin, hub, auto, or a directory with LIBERO's assets"
        )
    return _pack(path.resolve().name, path.resolve())


def builtin_path() -> Path:
    """Directory of the built-in pack, generated when it is not there: whole or not at all."""
    target = cache_dir() / "assets" / f"builtin-{builtin.source_key()}"
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
    except OSError as error:
        raise UserError(
            f"cannot write {target.parent} ({error.strerror}); set HARNESS_CACHE to a writable folder"
        ) from error
    builtin.build(partial)
    partial.chmod(0o755)
    with suppress(OSError):  # Another process was first: its pack has the same bytes.
        partial.rename(target)
    shutil.rmtree(partial, ignore_errors=True)
    return target


def required_files() -> list[str]:
    """Relative paths that every pack must have: those of the built-in pack."""
    root = builtin_path()
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def missing_files(path: Path) -> list[str]:
    """Required files that `path` lacks."""
    return [name for name in required_files() if not (path / name).is_file()]


def _automatic() -> AssetPack:
    override = os.environ.get("LIBERO_ASSETS")
    if override:
        return resolve(override)
    if original.is_installed():
        return resolve("original")
    found = _cached_hub()
    if found is None and _hub_answers():
        with suppress(UserError):
            found = _download()
    return _pack("hub", found) if found else resolve("builtin")


def _pack(name: str, path: Path) -> AssetPack:
    absent = missing_files(path)
    if absent:
        raise UserError(
            f"assets {str(path)!r} lack {len(absent)} files, first {', '.join(absent[:3])}; "
            f"give a directory with LIBERO's assets, or --assets builtin"
        )
    return AssetPack(name, path, _digest(path))


def _members(path: Path) -> Iterator[Path]:
    """Required files, everything else in the folders of single objects, where meshes are, then the rest."""
    names = required_files()
    folders = sorted({"/".join(name.split("/")[:2]) for name in names if name.count("/") >= 2})
    members = [path / name for name in names if name.count("/") < 2]
    for folder in folders:
        members += sorted(member for member in (path / folder).rglob("*") if member.is_file())
    yield from members
    yield from sorted(member for member in {*path.rglob("*")} - {*members} if member.is_file())


def _digest(path: Path) -> str:
    """Hash of names and contents; remembered as long as no size and no time of change differs.

    Raises UserError for a texture that cannot be read, which MuJoCo would refuse in the middle of a study.
    """
    members = list(_members(path))
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
        digest.update(hashlib.sha256(member.read_bytes()).digest())
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
            f"texture {str(path)!r} is not a whole PNG image ({said}); put the pack's own file in its place, "
            "or give --assets builtin"
        ) from None


def _cached_hub() -> Path | None:
    """An earlier download: by huggingface_hub, or by LIBERO itself in its own place."""
    own = Path.home() / ".cache/libero/assets"
    if own.is_dir() and not missing_files(own):
        return own
    try:
        from huggingface_hub import snapshot_download

        found = Path(snapshot_download(HUB_REPO, repo_type="dataset", local_files_only=True))
    except Exception:  # Not installed, or nothing in its cache; its error classes differ by version.
        return None
    return None if missing_files(found) else found


def _hub_answers() -> bool:
    """Whether the hub can be reached within HUB_PATIENCE."""
    try:
        from huggingface_hub import HfApi, constants

        if constants.HF_HUB_OFFLINE:
            return False
        HfApi().dataset_info(HUB_REPO, timeout=HUB_PATIENCE)
    except Exception:  # No network, no such data set, not installed: all mean no.
        return False
    return True


def _download() -> Path:
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(HUB_REPO, repo_type="dataset"))
    except Exception as error:
        raise UserError(
            f"cannot download {HUB_REPO} from the hub ({type(error).__name__}); "
            f"give --assets builtin or a directory"
        ) from error
