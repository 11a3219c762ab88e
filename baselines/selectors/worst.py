"""Control: the heads whose activations predict the action worst."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baselines.selection import KS, Problem, Selection, ranked


@dataclass(frozen=True)
class Worst:
    """The ranking of `knn` from its other end, worst first."""

    name: str = "worst"
    ks: tuple[int, ...] = KS

    def select(
        self,
        activations: NDArray[np.float32],
        actions: NDArray[np.float32],
        episode: NDArray[np.integer],
        frame: NDArray[np.integer],
        num_heads: int,
        rng: np.random.Generator,
    ) -> Selection:
        """See `baselines.selection.Selector`; draws nothing from `rng`."""
        problem = Problem(activations, actions, episode, frame, num_heads, self.ks)
        alone = problem.head_errors()
        return problem.best([ranked(errors)[: -num_heads - 1 : -1] for errors in alone], alone, self.name)


SELECTOR = Worst()
