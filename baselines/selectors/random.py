"""Control: heads drawn at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baselines.selection import KS, Problem, Selection


@dataclass(frozen=True)
class Random:
    """One draw without replacement; scores are those of `knn`, so that the draw can be compared with it."""

    name: str = "random"
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
        """See `baselines.selection.Selector`."""
        problem = Problem(activations, actions, episode, frame, num_heads, self.ks)
        layers, heads = activations.shape[1:3]
        drawn = rng.choice(layers * heads, num_heads, replace=False)
        chosen = [(int(place) // heads, int(place) % heads) for place in drawn]
        return problem.best([chosen] * len(self.ks), problem.head_errors(), self.name)


SELECTOR = Random()
