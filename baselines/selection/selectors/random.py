"""Control: heads drawn at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baselines.selection.problem import Problem
from baselines.selection.selectors._base import Scores
from baselines.selection.selectors.knn import Knn


@dataclass(frozen=True)
class Random(Knn):
    """One draw without replacement; scores are those of `knn`, so that the draw can be compared with it."""

    name: str = "random"

    def pick(self, problem: Problem, scores: Scores, rng: np.random.Generator) -> list[list[int]]:
        """The same units for every k."""
        drawn = rng.choice(len(problem.units), problem.count, replace=False)
        return [[int(unit) for unit in drawn]] * len(scores)


SELECTOR = Random()
