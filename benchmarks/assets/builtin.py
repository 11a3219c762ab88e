"""Generate the built-in pack: LIBERO's tree for libero_spatial, libero_object and libero_goal."""

from __future__ import annotations

import hashlib
from pathlib import Path

from benchmarks.assets import arenas, basket, bottle, cabinet, dishes, groceries, rack, stove

PARTS = (arenas, basket, bottle, cabinet, dishes, groceries, rack, stove)


def build(root: Path) -> None:
    """Write every file of the pack below `root`."""
    for part in PARTS:
        part.build(root)


def source_key() -> str:
    """Twelve hex digits over the generator's sources when imported: another generator, another pack."""
    return _KEY


def _digest_sources() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name not in _NOT_GENERATOR:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


_NOT_GENERATOR = ("__init__.py", "packs.py", "sheet.py")
# At import: a process that outlives an edit of these files would keep its pack under their new key.
_KEY = _digest_sources()
