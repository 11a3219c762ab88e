"""Greedy forward selection: add the head that helps the set most, one at a time (`best_add`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baselines.selection import Problem
from baselines.selectors._base import Scores, ranked
from baselines.selectors.knn import Knn

TOGETHER = 16
"""Candidate sets scored in one pass: they share the inner products of what is chosen already."""


@dataclass(frozen=True)
class KnnGreedy(Knn):
    """Scores heads x num_heads sets for each k, where `knn` scores each head once."""

    name: str = "knn-greedy"

    def pick(self, problem: Problem, scores: Scores, rng: np.random.Generator) -> list[list[int]]:
        """For each k the set that grows from the best unit alone."""
        return [self._grow(problem, place, ranked(row)) for place, row in enumerate(scores)]

    def _grow(self, problem: Problem, k: int, candidates: list[int]) -> list[int]:
        chosen, left = candidates[:1], candidates[1:]
        while len(chosen) < problem.count:
            sets = [[*chosen, unit] for unit in left]
            groups = [sets[start : start + TOGETHER] for start in range(0, len(sets), TOGETHER)]
            errors = np.concatenate([problem.set_errors(group)[:, k] for group in groups])
            chosen.append(left.pop(int(np.argmin(errors))))
        return chosen


SELECTOR = KnnGreedy()
