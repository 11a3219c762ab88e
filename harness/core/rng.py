"""Random generators that depend on names, never on order."""

from __future__ import annotations

import hashlib

import numpy as np


def derive_rng(*parts: object) -> np.random.Generator:
    """A generator that depends on `parts` alone: never on worker, batch or order of completion."""
    text = "\x1f".join(str(part) for part in parts)
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))
