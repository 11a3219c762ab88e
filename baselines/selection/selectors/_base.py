"""What selectors share: the interface, and the choice of the best-scored units."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from baselines.adaptable.units import Head
from baselines.selection.problem import Problem, Selection, Sensitivity
from harness.core.errors import UserError

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Selector(ABC):
    """A way to choose heads. Fields may be changed by `dataclasses.replace`.

    Units are single heads, or whole layers where `unit` is "layer"; the problem that a selector is given
    must have the same unit.
    """

    name: str
    unit: str = "head"

    better: ClassVar[str] = "lower"
    """Which scores are those of good units: "lower" or "higher"."""
    needs_policy: ClassVar[bool] = False
    """Whether recorded activations are not enough."""

    @abstractmethod
    def scores(self, problem: Problem) -> Scores:
        """Score of every unit, [units], or [ks, units] where it depends on the number of neighbours."""

    def pick(self, problem: Problem, scores: Scores, rng: np.random.Generator) -> list[list[int]]:
        """One set of units for each k, best first; by default the best of scores [ks, units]."""
        sign = 1 if self.better == "lower" else -1
        return [ranked(sign * row)[: problem.count] for row in scores]

    def choose(self, problem: Problem, rng: np.random.Generator) -> Selection:
        """Choose units and keep the k whose set predicts the action best.

        Only selectors that draw use `rng`. Raises UserError where scores are not finite.
        """
        scores = self.scores(problem)
        if not np.isfinite(scores).all():
            raise UserError(f"selector {self.name!r} found scores that are not finite; check the policy")
        scores = np.broadcast_to(scores, (len(problem.ks), len(problem.units)))
        sets = self.pick(problem, scores, rng)
        distinct = list(dict.fromkeys(map(tuple, sets)))
        errors = problem.set_errors(distinct)
        mse = [float(errors[distinct.index(tuple(chosen)), place]) for place, chosen in enumerate(sets)]
        place = int(np.argmin(mse))
        return Selection(
            heads=tuple(head for unit in sets[place] for head in problem.units[unit]),
            k=problem.ks[place],
            mse=mse[place],
            mse_by_k=dict(zip(problem.ks, mse, strict=True)),
            scores=problem.on_grid(scores[place]),
            selector=self.name,
            better=self.better,
            unit=self.unit,
            notes=problem.notes,
        )

    def sensitivity(self, problem: Problem) -> Sensitivity:
        """What the policy tells; UserError where there is no policy."""
        if problem.sensitivity is None:
            raise UserError(
                f"selector {self.name!r} needs a policy, and a file of activations has none; choose another "
                f"selector, or give --policy and --demos instead of the file"
            )
        return problem.sensitivity


def summed(table: Scores, units: Sequence[Sequence[Head]]) -> Scores:
    """A table [frames, layers, heads] summed over the heads of each unit: [frames, units]."""
    rows = [table[:, [layer for layer, _ in unit], [head for _, head in unit]].sum(1) for unit in units]
    return np.stack(rows, 1)


def ranked(errors: NDArray[np.float64]) -> list[int]:
    """Units from the smallest of errors [units] up; equals in the order of the grid."""
    return [int(place) for place in np.argsort(errors, kind="stable")]
