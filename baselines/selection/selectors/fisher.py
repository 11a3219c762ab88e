"""Heads that matter most to the loss to first order: Fisher information of a gate on their output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from baselines.selection.problem import Problem
from baselines.selection.selectors._base import Scores, Selector, summed


@dataclass(frozen=True)
class Fisher(Selector):
    """Mean squared derivative of a frame's loss by a factor, at 1, on a unit's output.

    The gates are those of Michel et al. 2019 (arXiv 1905.10650), their squared derivative the diagonal
    Fisher information with which Kwon et al. 2022 (arXiv 2204.09656) rank heads.
    """

    name: str = "fisher"
    better: ClassVar[str] = "higher"
    needs_policy: ClassVar[bool] = True

    def scores(self, problem: Problem) -> Scores:
        """Fisher information of every unit's gate."""
        gates = self.sensitivity(problem).gate_gradients()
        return np.square(summed(gates, problem.units)).mean(0)


SELECTOR = Fisher()
