"""Leave-one-episode-out k-nearest-neighbour regression of actions on head activations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.types import UserError

EPSILON = 1e-8
"""Added to distances before they become weights; a nearer neighbour is copied (released code)."""
SINGLE_GAP = 30
"""With one demonstration only, frames this close to the target are no neighbours (released code)."""
BLOCK = 1024
"""Target frames per matrix product: bounds memory at BLOCK x frames numbers."""

Floats = NDArray[np.floating]


def allowed_neighbours(episode: NDArray[np.integer], frame: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Mask [frames, frames]: may column j help to predict row i?

    Frames of other episodes; with a single episode, frames more than SINGLE_GAP away. Raises UserError
    where no frame has a neighbour.
    """
    if len(np.unique(episode)) > 1:
        return episode[:, None] != episode[None, :]
    allowed = np.abs(frame[:, None] - frame[None, :]) > SINGLE_GAP
    if not allowed.any():
        raise UserError(
            f"the only demonstration spans {int(np.ptp(frame))} steps, so that no two frames are more than "
            f"{SINGLE_GAP} apart; give a longer demonstration or a second one"
        )
    return allowed


def errors(
    features: Floats, actions: Floats, allowed: NDArray[np.bool_], ks: Sequence[int]
) -> NDArray[np.float64]:
    """Mean squared prediction error over frames and action components for every k: [len(ks)].

    `features` [frames, d] may be the activations of one head or several heads side by side. Distance is
    1 - cosine; weights are 1 / (distance + EPSILON), normalised over the k nearest (all that are allowed
    where there are fewer); a neighbour nearer than EPSILON is copied. Frames without any neighbour, in the
    middle of a short single demonstration, are not scored.
    """
    unit = features.astype(np.float64)
    unit = unit / np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    squared = np.zeros(len(ks))
    scored = np.flatnonzero(allowed.any(1))
    for start in range(0, len(scored), BLOCK):
        rows = scored[start : start + BLOCK]
        distance = np.maximum(1.0 - unit[rows] @ unit.T, 0.0)
        distance[~allowed[rows]] = np.inf
        for place, found in enumerate(_predict(distance, actions, ks)):
            squared[place] += np.square(found - actions[rows]).sum()
    return squared / (len(scored) * actions.shape[1])


def _predict(distance: Floats, actions: Floats, ks: Sequence[int]) -> list[Floats]:
    most = min(max(ks), distance.shape[1])
    near = np.argpartition(distance, most - 1, axis=1)[:, :most]
    order = np.take_along_axis(distance, near, 1).argsort(axis=1, kind="stable")
    near = np.take_along_axis(near, order, 1)
    nearest = np.take_along_axis(distance, near, 1)
    weights = 1.0 / (nearest + EPSILON)
    copied = nearest[:, 0] < EPSILON
    weights[copied] = 0.0
    weights[copied, 0] = 1.0
    targets = actions.astype(np.float64)[near]
    out = []
    for k in ks:
        share = weights[:, :k] / weights[:, :k].sum(1, keepdims=True)
        out.append(np.einsum("fk,fka->fa", share, targets[:, :k]))
    return out
