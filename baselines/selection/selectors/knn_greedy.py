"""Greedy forward selection: add the head that helps the set most, one at a time (`best_add`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baselines.selection.problem import Problem
from baselines.selection.selectors._base import Scores, ranked
from baselines.selection.selectors.knn import Knn


@dataclass(frozen=True)
class KnnGreedy(Knn):
    """Scores heads x num_heads sets for each k, where `knn` scores each head once."""

    name: str = "knn-greedy"

    def pick(self, problem: Problem, scores: Scores, rng: np.random.Generator) -> list[list[int]]:
        """For each k the set that grows from the best unit alone; sets that are alike grow together."""
        chosen = [ranked(row)[:1] for row in scores]
        while len(chosen[0]) < problem.count:
            grown: dict[tuple[int, ...], Scores] = {}
            for place, own in enumerate(chosen):
                key = tuple(own)
                left = [unit for unit in range(len(problem.units)) if unit not in key]
                if key not in grown:
                    grown[key] = problem.grown_errors(key, left)
                own.append(left[int(np.argmin(grown[key][:, place]))])
        return chosen


SELECTOR = KnnGreedy()
