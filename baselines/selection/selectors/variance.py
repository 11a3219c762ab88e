"""Heads whose activations differ most from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from baselines.selection.problem import Problem
from baselines.selection.selectors._base import Scores, Selector


@dataclass(frozen=True)
class Variance(Selector):
    """Uses neither actions nor episodes: a score that knows nothing about the task."""

    name: str = "variance"
    better: ClassVar[str] = "higher"

    def scores(self, problem: Problem) -> Scores:
        """Share of a unit's squared length that differs from frame to frame, from 0 to 1."""
        return np.array([_share(problem.features(unit).astype(np.float64)) for unit in problem.units])


def _share(features: Scores) -> float:
    total = np.square(features).sum()
    return float(np.square(features - features.mean(0)).sum() / total) if total else 0.0


SELECTOR = Variance()
