"""Heads to whose output the loss is most sensitive: norm of the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from baselines.selection.problem import Problem
from baselines.selection.selectors._base import Scores, Selector, summed


@dataclass(frozen=True)
class Gradient(Selector):
    """Mean over frames of the norm of each frame's loss gradient with respect to a unit's output."""

    name: str = "gradient"
    better: ClassVar[str] = "higher"
    needs_policy: ClassVar[bool] = True

    def scores(self, problem: Problem) -> Scores:
        """Mean norm of every unit, over all tokens."""
        squares = np.square(self.sensitivity(problem).gradients())
        return np.sqrt(summed(squares, problem.units)).mean(0)


SELECTOR = Gradient()
