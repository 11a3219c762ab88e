"""What every head selector takes and gives: checked problem in, `Selection` out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from baselines.adaptable.units import Head
from baselines.selection import knn
from harness.core.errors import UserError
from harness.core.overlap import jaccard_by_chance

KS = (10, 20, 30, 40)
"""Neighbour counts that are tried (arXiv 2511.22697)."""

UNITS = ("head", "layer")
"""What is chosen: single heads, or all usable heads of a layer together."""


@dataclass(frozen=True)
class Selection:
    """Heads, best first, and how they scored."""

    heads: tuple[Head, ...]
    k: int
    mse: float  # cross-validated k-NN error of the heads together, at `k`
    mse_by_k: Mapping[int, float]
    scores: NDArray[np.float64]  # [layers, heads], as the selector defines them; NaN where left out
    selector: str
    better: str = "lower"
    """Which scores are those of good heads: "lower" or "higher"."""
    unit: str = "head"
    notes: tuple[str, ...] = ()
    """What was done otherwise than asked, in words."""
    inert: tuple[Head, ...] | None = None
    """Heads that cannot change the action; None where only a policy could tell."""
    recorded_s: float | None = None
    """What recording the activations took, in this adaptation or, where `notes` say so, in an earlier one."""
    stability: Mapping[str, Any] | None = None

    @property
    def overlap_by_chance(self) -> float:
        """Expected intersection over union of two random draws of as many units."""
        size = sum(layer == self.heads[0][0] for layer, _ in self.heads) if self.unit == "layer" else 1
        return jaccard_by_chance(len(self.heads) // size, int(np.isfinite(self.scores).sum()) // size)

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
            "better": self.better,
            "unit": self.unit,
            "notes": list(self.notes),
            "inert": None if self.inert is None else [list(head) for head in self.inert],
            "overlap_by_chance": self.overlap_by_chance,
            "recorded_s": self.recorded_s,
            "stability": self.stability,
        }


class Sensitivity(Protocol):
    """What only a policy can tell about its heads, on the frames of a problem."""

    def gradients(self) -> NDArray[np.float64]:
        """Norm of each frame's loss gradient with respect to each head's output: [frames, layers, heads]."""

    def gate_gradients(self) -> NDArray[np.float64]:
        """Derivative of each frame's loss by a factor on each head's output: [frames, layers, heads]."""

    def loss_increases(self, units: Sequence[Sequence[Head]]) -> NDArray[np.float64]:
        """How much each frame's loss grows when a unit's heads are set to zero: [frames, units].

        NaN for frames that were not tried.
        """

    def at(self, rows: NDArray[np.integer]) -> Sensitivity:
        """The same on some of the frames."""


@dataclass(frozen=True)
class Problem:
    """Inputs of a selection, checked when it is made. UserError for anything that does not fit."""

    activations: NDArray[np.float32]  # [frames, layers, heads, d_head]
    actions: NDArray[np.float32]  # [frames, action_dim]
    episode: NDArray[np.integer]  # [frames]
    frame: NDArray[np.integer]  # [frames], control step within the episode
    num_heads: int
    ks: tuple[int, ...] = KS
    unit: str = "head"
    usable: NDArray[np.bool_] | None = None  # [layers, heads]; all where None
    sensitivity: Sensitivity | None = None

    def __post_init__(self) -> None:
        _check_shapes(self.activations, self.actions, self.episode, self.frame)
        _check_numbers(self.activations, self.actions)
        layers, heads = self.grid
        if not 1 <= self.num_heads <= int(self.mask.sum()):
            raise UserError(
                f"{self.num_heads} heads asked for; give 1 to {int(self.mask.sum())} ({layers} x {heads})"
            )
        if not self.ks or min(self.ks) < 1:
            raise UserError(f"k must be positive, not {list(self.ks)}; the paper uses {list(KS)}")
        if self.unit not in UNITS:
            raise UserError(f"unknown unit {self.unit!r}; known: {', '.join(UNITS)}")
        _ = self.allowed  # complains about a demonstration that is too short

    @property
    def grid(self) -> tuple[int, int]:
        """Layers and heads per layer."""
        return self.activations.shape[1], self.activations.shape[2]

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """Heads that may be chosen [layers, heads]."""
        return np.ones(self.grid, bool) if self.usable is None else self.usable

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """See `knn.allowed_neighbours`."""
        return knn.allowed_neighbours(self.episode, self.frame)

    @cached_property
    def blocks(self) -> list[knn.Block]:
        """See `knn.blocks`."""
        return knn.blocks(self.allowed)

    @cached_property
    def units(self) -> list[tuple[Head, ...]]:
        """What can be chosen, in the order of the grid."""
        places = [(int(layer), int(head)) for layer, head in np.argwhere(self.mask)]
        if self.unit == "head":
            return [(place,) for place in places]
        layers = sorted({layer for layer, _ in places})
        return [tuple(place for place in places if place[0] == layer) for layer in layers]

    @property
    def count(self) -> int:
        """Units to choose: as many heads as asked for, or the whole layers that hold at least as many."""
        return math.ceil(self.num_heads / max(len(unit) for unit in self.units))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is done otherwise than usual, because there are few demonstrations or neighbours."""
        neighbours, notes = self.allowed.sum(1), []
        if len(np.unique(self.episode)) == 1:
            notes.append(
                "one demonstration cannot be left out: each frame was predicted from frames of the same "
                f"demonstration more than {knn.SINGLE_GAP} steps away; {int((neighbours == 0).sum())} of "
                f"{len(neighbours)} frames have none and were not scored"
            )
        fewest = int(neighbours[neighbours > 0].min())
        short = [k for k in self.ks if k > fewest]
        if short:
            asked = ", ".join(map(str, short))
            notes.append(f"k = {asked}: some frames have {fewest} neighbours only, and all of them were used")
        return tuple(notes)

    def features(self, unit: Sequence[Head]) -> NDArray[np.float32]:
        """Activations of a unit's heads side by side [frames, d_head x heads]."""
        return np.concatenate([self.activations[:, layer, head] for layer, head in unit], 1)

    def unit_errors(self) -> NDArray[np.float64]:
        """k-NN error of every unit alone, [ks, units]."""
        return self._errors(self.units).T

    def grown_errors(self, chosen: Sequence[int], added: Sequence[int]) -> NDArray[np.float64]:
        """k-NN error of the units `chosen` with each of those in `added`, given by index: [added, ks]."""
        base = knn.base([self.features(self.units[unit]) for unit in chosen])
        return self._errors([self.units[unit] for unit in added], base)

    def _errors(self, units: Sequence[Sequence[Head]], base: knn.Base | None = None) -> NDArray[np.float64]:
        # One allocation: small ones in between would pin the memory of every unit's features.
        out = np.empty((len(units), len(self.ks)))
        for place, unit in enumerate(units):
            parts = [self.features(unit)]
            out[place] = knn.errors(parts, [[0]], self.actions, self.blocks, self.ks, base)[0]
        return out

    def set_errors(self, sets: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """k-NN error of each set of units, given by index: [sets, ks]."""
        units = self.units
        used = sorted({unit for chosen in sets for unit in chosen})
        parts = [self.features(units[unit]) for unit in used]
        places = [[used.index(unit) for unit in chosen] for chosen in sets]
        return knn.errors(parts, places, self.actions, self.blocks, self.ks)

    def on_grid(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values [units] as [layers, heads], NaN for heads that may not be chosen."""
        out = np.full(self.grid, np.nan)
        for unit, value in zip(self.units, values, strict=True):
            for head in unit:
                out[head] = value
        return out

    def subset(self, rows: NDArray[np.integer]) -> Problem:
        """The same problem on some of its frames."""
        return replace(
            self,
            activations=self.activations[rows],
            actions=self.actions[rows],
            episode=self.episode[rows],
            frame=self.frame[rows],
            sensitivity=self.sensitivity and self.sensitivity.at(rows),
        )


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
    # Frame by frame: a mask of all numbers would take a quarter of their memory again.
    for frame, values in enumerate(activations):
        if not np.isfinite(values).all():
            layer, head, _ = (int(place) for place in np.argwhere(~np.isfinite(values))[0])
            raise UserError(
                f"activations are not finite at frame {frame}, layer {layer}, head {head}; record them again"
            )
    if not np.isfinite(actions).all():
        raise UserError("actions are not finite; record the demonstrations again")
