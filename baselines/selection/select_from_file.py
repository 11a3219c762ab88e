"""Head selection on a file of activations, without a policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from baselines.selection import authors_file, stability
from baselines.selection.problem import Problem
from harness.core import arrays, registry
from harness.core.errors import UserError
from harness.core.rng import derive_rng

ARRAYS = ("activations", "actions", "episode", "frame")


def select_from_file(
    path: Path,
    selector: str,
    num_heads: int,
    ks: Sequence[int],
    seed: int,
    *,
    unit: str = "head",
    stability_splits: int = 0,
    reading: str = "action_clean",
) -> dict[str, Any]:
    """Select heads from an .npz file, or from an HDF5 file of the authors (`authors_file`), by its ending.

    An .npz holds activations [frames, layers, heads, d_head] and actions [frames, action_dim], float32,
    episode and frame [frames], int. Unit "layer" chooses whole layers; with `stability_splits` the selection
    is repeated on as many redrawn halves of the demonstrations. Returns what `Selection.to_json` does. Raises
    UserError for anything that does not fit, and for selectors that need a policy.
    """
    asked = registry.find("selector", selector)
    asked = asked if unit == "head" else replace(asked, unit=unit)
    is_authors = path.suffix in authors_file.ENDINGS
    activations, actions, episode, frame = authors_file.read(path, reading) if is_authors else _read(path)
    problem = Problem(activations, actions, episode, frame, num_heads, tuple(ks), asked.unit)
    found = asked.choose(problem, derive_rng("select", seed))
    if stability_splits:
        rng = derive_rng("resamples", seed)
        found = replace(found, stability=stability.measure(asked, problem, found, stability_splits, rng))
    return found.to_json()


def _read(path: Path) -> list[np.ndarray]:
    try:
        found = arrays.read(path, ARRAYS)
    except ValueError as error:
        raise UserError(f"cannot read {str(path)!r} as .npz ({error}); record it again") from None
    if lacking := [name for name in ARRAYS if name not in found]:
        raise UserError(f"{str(path)!r} lacks {', '.join(lacking)}; it must hold {', '.join(ARRAYS)}")
    return [found[name] for name in ARRAYS]
