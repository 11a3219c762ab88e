"""Robotic Steering's selection: the heads whose activations predict the action best, each on its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baselines.selection import KS, Problem, Selection, ranked


@dataclass(frozen=True)
class Knn:
    """For each k the heads with the smallest error; the k whose heads predict best together is kept."""

    name: str = "knn"
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
        return problem.best([ranked(errors)[:num_heads] for errors in alone], alone, self.name)


SELECTOR = Knn()
