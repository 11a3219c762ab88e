"""Heads whose activations tell the phases of the task apart: accuracy of the nearest class centroid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from baselines.data.frames import gripper_flips
from baselines.selection.problem import Problem
from baselines.selection.selectors._base import Scores, Selector
from harness.core.errors import UserError


@dataclass(frozen=True)
class Centroid(Selector):
    """Classes are gripper phases: before the first change of the gripper command, after it, and so on.

    A frame goes to the class whose mean activation has the largest cosine with its own; means are taken
    over the frames that k-NN regression would be allowed to use, so never over the frame's own episode
    where there are several. Accuracy is averaged over classes: long phases count no more than short ones.
    """

    name: str = "centroid"
    better: ClassVar[str] = "higher"

    def scores(self, problem: Problem) -> Scores:
        """Accuracy of every unit, from 0 to 1. UserError where the gripper never changes."""
        phase = phases(problem.actions, problem.episode, problem.frame)
        if len(np.unique(phase)) < 2:
            raise UserError(
                f"selector {self.name!r} needs gripper phases, and the gripper command never changes in "
                "these demonstrations; choose another selector"
            )
        folds = _folds(problem.allowed, phase)
        return np.array([_accuracy(problem.features(unit), phase, folds) for unit in problem.units])


def phases(
    actions: NDArray[np.floating], episode: NDArray[np.integer], frame: NDArray[np.integer]
) -> NDArray[np.int64]:
    """How often the gripper command (last action component) has changed its sign before each frame."""
    out = np.zeros(len(actions), np.int64)
    for number in np.unique(episode):
        rows = np.flatnonzero(episode == number)
        rows = rows[np.argsort(frame[rows], kind="stable")]
        changed = np.zeros(len(rows), np.int64)
        changed[gripper_flips(actions[rows])] = 1
        out[rows] = changed.cumsum()
    return out


Fold = tuple[NDArray[np.int64], NDArray[np.float64]]  # target frames, weights [classes, frames] of means


def _folds(allowed: NDArray[np.bool_], phase: NDArray[np.int64]) -> list[Fold]:
    """Targets that share their allowed frames, with each class's share of them; zero for a class without."""
    masks, fold = np.unique(np.packbits(allowed, axis=1), axis=0, return_inverse=True)
    member = phase == np.unique(phase)[:, None]
    out = []
    for number in range(len(masks)):
        rows = np.flatnonzero(fold.reshape(-1) == number)
        weights = (member & allowed[rows[0]]).astype(np.float64)
        out.append((rows, weights / np.maximum(weights.sum(1, keepdims=True), 1)))
    return out


def _accuracy(features: NDArray[np.float32], phase: NDArray[np.int64], folds: list[Fold]) -> float:
    classes = np.unique(phase)
    found = np.full(len(phase), -1)
    for rows, weights in folds:
        means = weights @ features
        known = weights.any(1)
        cosine = features[rows] @ (means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-30)).T
        found[rows] = classes[np.argmax(np.where(known, cosine, -np.inf), axis=1)] if known.any() else -1
    return float(np.mean([(found[phase == number] == number).mean() for number in classes]))


SELECTOR = Centroid()
