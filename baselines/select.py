"""Head selection on a file of activations, without a policy."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from baselines import lookup
from harness.types import UserError, derive_rng

ARRAYS = ("activations", "actions", "episode", "frame")


def select_from_npz(
    path: Path, selector: str, num_heads: int, ks: Sequence[int], seed: int
) -> dict[str, Any]:
    """Select heads from an .npz file.

    It holds activations [frames, layers, heads, d_head] and actions [frames, action_dim], float32, episode
    and frame [frames], int. Returns heads ([layer, head], best first), k, mse, mse_by_k, scores
    [layers][heads] and selector. Raises UserError for anything that does not fit.
    """
    chosen = replace(lookup.find("selector", selector), ks=tuple(ks))
    try:
        with np.load(path) as file:
            lacking = [name for name in ARRAYS if name not in file.files]
            if lacking:
                raise UserError(f"{str(path)!r} lacks {', '.join(lacking)}; it must hold {', '.join(ARRAYS)}")
            activations, actions, episode, frame = (file[name] for name in ARRAYS)
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise UserError(f"cannot read {str(path)!r} as .npz ({error})") from error
    rng = derive_rng("select", seed)
    return chosen.select(activations, actions, episode, frame, num_heads, rng).to_json()
