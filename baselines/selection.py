"""What every head selector takes and gives: checked problem in, `Selection` out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from baselines import knn
from harness.types import UserError

KS = (10, 20, 30, 40)
"""Neighbour counts that are tried (arXiv 2511.22697)."""

Head = tuple[int, int]  # layer, head index


@dataclass(frozen=True)
class Selection:
    """Heads, best first, and how they scored."""

    heads: tuple[Head, ...]
    k: int
    mse: float  # of the heads together, at `k`
    mse_by_k: dict[int, float]
    scores: NDArray[np.float64]  # [layers, heads], error of each head alone at `k`; NaN where left out
    selector: str

    def to_json(self) -> dict[str, Any]:
        """Plain values; NaN becomes None."""
        scores = [[None if np.isnan(value) else float(value) for value in row] for row in self.scores]
        return {
            "heads": [list(head) for head in self.heads],
            "k": self.k,
            "mse": self.mse,
            "mse_by_k": {str(k): value for k, value in self.mse_by_k.items()},
            "scores": scores,
            "selector": self.selector,
        }


class Selector(Protocol):
    """Chooses heads. One file each in baselines/selectors; frozen dataclass."""

    name: str
    ks: tuple[int, ...]

    def select(
        self,
        activations: NDArray[np.float32],
        actions: NDArray[np.float32],
        episode: NDArray[np.integer],
        frame: NDArray[np.integer],
        num_heads: int,
        rng: np.random.Generator,
    ) -> Selection:
        """The best `num_heads` of activations [frames, layers, heads, d_head]; see `Problem` for errors."""


class Problem:
    """Checked inputs of a selection, with the k-NN errors of single heads and of sets."""

    def __init__(
        self,
        activations: NDArray[np.float32],
        actions: NDArray[np.float32],
        episode: NDArray[np.integer],
        frame: NDArray[np.integer],
        num_heads: int,
        ks: Sequence[int],
    ) -> None:
        """Shapes as in `Selector.select`; UserError for shapes that differ, NaN, too many heads, bad k."""
        _check_shapes(activations, actions, episode, frame)
        _check_numbers(activations, actions)
        layers, heads = activations.shape[1:3]
        if not 1 <= num_heads <= layers * heads:
            raise UserError(f"{num_heads} heads asked for; give 1 to {layers * heads} ({layers} x {heads})")
        if not ks or min(ks) < 1:
            raise UserError(f"k must be positive, not {list(ks)}; the paper uses {list(KS)}")
        self.activations, self.actions = activations, actions
        self.num_heads, self.ks = num_heads, tuple(ks)
        self.allowed = knn.allowed_neighbours(np.asarray(episode), np.asarray(frame))

    def head_errors(self) -> NDArray[np.float64]:
        """Error of every head alone, [ks, layers, heads]."""
        layers, heads = self.activations.shape[1:3]
        found = [self.set_errors([(layer, head)]) for layer in range(layers) for head in range(heads)]
        return np.array(found).T.reshape(len(self.ks), layers, heads)

    def set_errors(self, heads: Sequence[Head]) -> NDArray[np.float64]:
        """Error of `heads` side by side for every k, [ks]."""
        features = np.concatenate([self.activations[:, layer, head] for layer, head in heads], 1)
        return knn.errors(features, self.actions, self.allowed, self.ks)

    def best(self, sets: Sequence[Sequence[Head]], alone: NDArray[np.float64], name: str) -> Selection:
        """The set with the smallest error at its own k; `sets` holds one set per k."""
        mse = [float(self.set_errors(heads)[place]) for place, heads in enumerate(sets)]
        place = int(np.argmin(mse))
        by_k = dict(zip(self.ks, mse, strict=True))
        return Selection(tuple(sets[place]), self.ks[place], mse[place], by_k, alone[place], name)


def ranked(errors: NDArray[np.float64]) -> list[Head]:
    """All heads of errors [layers, heads], smallest first; ties in grid order."""
    order = np.argsort(errors, axis=None, kind="stable")
    return [(int(place) // errors.shape[1], int(place) % errors.shape[1]) for place in order]


def _check_shapes(
    activations: NDArray[Any], actions: NDArray[Any], episode: NDArray[Any], frame: NDArray[Any]
) -> None:
    if activations.ndim != 4:
        raise UserError(f"activations must be [frames, layers, heads, d_head], not {activations.shape}")
    if actions.ndim != 2:
        raise UserError(f"actions must be [frames, action_dim], not {actions.shape}")
    lengths = {"activations": len(activations), "actions": len(actions), "episode": len(episode)}
    lengths["frame"] = len(frame)
    if len(set(lengths.values())) > 1 or not len(frame):
        raise UserError(f"arrays must hold the same frames, at least one; lengths are {lengths}")


def _check_numbers(activations: NDArray[Any], actions: NDArray[Any]) -> None:
    bad = np.argwhere(~np.isfinite(activations))
    if len(bad):
        frame, layer, head, _ = (int(place) for place in bad[0])
        raise UserError(
            f"activations are not finite at frame {frame}, layer {layer}, head {head}; record them again"
        )
    if not np.isfinite(actions).all():
        raise UserError("actions are not finite; record the demonstrations again")
