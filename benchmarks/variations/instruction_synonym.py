"""The same request with other words for things and deeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations import _prompts


@dataclass(frozen=True)
class Synonym(_prompts.Reviewed):
    """One level; how many words differ is in the row."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Replace the instruction."""
        edit.instruction = _prompts.table()[edit.task.instruction]["synonym"]
        return ""


VARIATION = Synonym(
    quantities=(0.0, 1.0), unit="other wording", groups=("instruction", "libero-plus", "libero-pro")
)
