"""Greedy forward selection: add the head that helps the set most, one at a time (`best_add`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baselines.selection import KS, Head, Problem, Selection, ranked


@dataclass(frozen=True)
class KnnGreedy:
    """Scores heads x num_heads sets for each k, where `knn` scores each head once."""

    name: str = "knn-greedy"
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
        full = Problem(activations, actions, episode, frame, num_heads, self.ks)
        alone = full.head_errors()
        sets = []
        for k, errors in zip(self.ks, alone, strict=True):
            problem = Problem(activations, actions, episode, frame, num_heads, (k,))
            sets.append(_grow(problem, ranked(errors), num_heads))
        return full.best(sets, alone, self.name)


def _grow(problem: Problem, candidates: list[Head], size: int) -> list[Head]:
    chosen, left = candidates[:1], candidates[1:]
    while len(chosen) < size:
        errors = [problem.set_errors([*chosen, head])[0] for head in left]
        chosen.append(left.pop(int(np.argmin(errors))))
    return chosen


SELECTOR = KnnGreedy()
