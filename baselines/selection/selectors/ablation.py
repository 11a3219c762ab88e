"""Heads whose absence hurts most: how much the loss grows when their output is set to zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from baselines.selection.problem import Problem
from baselines.selection.selectors._base import Scores, Selector


@dataclass(frozen=True)
class Ablation(Selector):
    """Two forward passes differ in nothing but the unit that is left out."""

    name: str = "ablation"
    better: ClassVar[str] = "higher"
    needs_policy: ClassVar[bool] = True

    def scores(self, problem: Problem) -> Scores:
        """Mean increase of the loss; negative where the policy is better without a unit."""
        return np.nanmean(self.sensitivity(problem).loss_increases(problem.units), axis=0)


SELECTOR = Ablation()
