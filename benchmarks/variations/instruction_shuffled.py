"""The instruction's words in another order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations import _prompts


@dataclass(frozen=True)
class Shuffled(_prompts.Prompt):
    """The quantity is the share of words that change places."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Move words until the text differs: some words occur twice."""
        old = edit.instruction
        while edit.instruction == old:
            edit.instruction = _prompts.shuffled(old, self.quantities[level] / 100, rng)
        return ""


VARIATION = Shuffled(quantities=(0.0, 25.0, 50.0, 75.0, 100.0), unit="% of the words")
