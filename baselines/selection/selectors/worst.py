"""Control: the heads whose activations predict the action worst."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baselines.selection.problem import Problem
from baselines.selection.selectors._base import Scores, ranked
from baselines.selection.selectors.knn import Knn


@dataclass(frozen=True)
class Worst(Knn):
    """The ranking of `knn` from its other end, worst first."""

    name: str = "worst"

    def pick(self, problem: Problem, scores: Scores, rng: np.random.Generator) -> list[list[int]]:
        """The units with the largest error for each k."""
        return [ranked(row)[: -problem.count - 1 : -1] for row in scores]


SELECTOR = Worst()
