"""Robotic Steering's selection: the heads whose activations predict the action best, each on its own."""

from __future__ import annotations

from dataclasses import dataclass

from baselines.selection.problem import Problem
from baselines.selection.selectors._base import Scores, Selector


@dataclass(frozen=True)
class Knn(Selector):
    """For each k the units with the smallest error; the k whose units predict best together is kept."""

    name: str = "knn"

    def scores(self, problem: Problem) -> Scores:
        """Cross-validated error of each unit alone, [ks, units]."""
        return problem.unit_errors()


SELECTOR = Knn()
