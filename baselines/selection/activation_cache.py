"""Activations on disk: recorded once for a policy and its demonstrations, whatever method reads them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from baselines.adaptable.device import precision
from baselines.adaptable.policy import AdaptablePolicy
from baselines.data.frames import Frames
from baselines.selection.activations import head_activations
from harness.core import arrays, paths
from harness.core.files import is_own, whole_file

VERSION = 4
"""Raise it when `baselines.selection.activations` changes what it reads."""

ANONYMOUS = ("", "unknown")
"""Hashes of policies that do not identify their weights; their activations are not kept."""


@dataclass(frozen=True)
class Recording:
    """Activations of one reading, and what recording them took."""

    values: NDArray[np.float32]  # [rows, layers, heads, d_head]
    recorded_s: float  # wall seconds of the forward passes, when they were made
    recorded_cpu_s: float  # processor seconds
    flops: int  # of the forward passes, matrix products only
    cached: bool


def read(
    policy: AdaptablePolicy,
    policy_sha256: str,
    frames: Frames,
    features: torch.Tensor,
    rows: NDArray[np.int64],
    reading: str,
    seed: int,
) -> Recording:
    """`head_activations` of the frames `rows`, from disk where the same were recorded before.

    `features` are those of all frames, see `baselines.training.features`. Activations are
    found by the hash of the policy, of everything of the demonstrations that the policy sees, and by reading.
    The file repeats all that in full, and has a digest of its numbers: one that is damaged, forged or was
    recorded from something else is replaced.
    """
    path, origin = None, ""
    if policy_sha256 not in ANONYMOUS:
        digest = _digest(policy, frames, rows, seed)
        origin = f"{policy_sha256} {digest} {reading}"
        path = folder() / f"{policy_sha256[:16]}-{digest[:16]}-{reading}.npz"
        info = policy.streams[policy.reading(reading).stream].info
        shape = (len(rows), info.layers, info.heads, info.head_size)
        if (known := _load(path, origin, shape)) is not None:
            return known
    wall, cpu = time.perf_counter(), time.process_time()
    values, flops = head_activations(policy, frames, features, rows, reading, seed)
    found = Recording(values, time.perf_counter() - wall, time.process_time() - cpu, flops, cached=False)
    if path is not None:
        with contextlib.suppress(OSError):  # a full or read-only disk costs time, not the adaptation
            _save(path, found, origin)
    return found


def folder() -> Path:
    """Where activations are kept; may be deleted at any time."""
    return paths.cache_dir() / "activations"


def _digest(policy: AdaptablePolicy, frames: Frames, rows: NDArray[np.int64], seed: int) -> str:
    about = {
        "version": VERSION,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "device": policy.device.type,
        "precision": precision(policy.device),
        "normalisation": policy.normalisation.to_json(),
        "seed": seed,
        "places": [frames.episode[rows].tolist(), frames.step[rows].tolist()],
        "instructions": [frames.instructions[number] for number in frames.instruction[rows]],
    }
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for values in (frames.images, frames.state):
        digest.update(f"{values.dtype} {values.shape[1:]}".encode())
        digest.update(values[rows].tobytes())
    return digest.hexdigest()


def _load(path: Path, origin: str, shape: tuple[int, ...]) -> Recording | None:
    try:
        if not is_own(path):
            return None
        found = arrays.read(path)
        seconds = float(found["recorded_s"]), float(found["recorded_cpu_s"])
        values = found["activations"]
        if values.shape != shape or values.dtype != np.float32:
            return None
        if str(found["origin"]) != origin or str(found["sha256"]) != _sealed(origin, values):
            return None
        if not (np.isfinite(values).all() and all(0 <= each < math.inf for each in seconds)):
            return None
        return Recording(values, *seconds, int(found["flops"]), cached=True)
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None


def _sealed(origin: str, values: NDArray[np.float32]) -> str:
    """SHA-256 of activations and of what they come from."""
    return hashlib.sha256(origin.encode() + np.ascontiguousarray(values).tobytes()).hexdigest()


def _save(path: Path, recording: Recording, origin: str) -> None:
    with whole_file(path) as partial, partial.open("wb") as file:
        for place, mode in ((partial, 0o600), (path.parent, 0o700)):
            place.chmod(mode)  # see `_load`
        np.savez(
            file,
            activations=recording.values,
            recorded_s=recording.recorded_s,
            recorded_cpu_s=recording.recorded_cpu_s,
            flops=recording.flops,
            origin=origin,
            sha256=_sealed(origin, recording.values),
        )
