"""The same request wrapped in polite talk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations import _prompts


@dataclass(frozen=True)
class Chatty(_prompts.Prompt):
    """One level; how many words differ is in the row."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Draw what is said before and after."""
        edit.instruction = _prompts.chatty(edit.instruction, rng)
        return ""


VARIATION = Chatty(
    quantities=(0.0, 1.0), unit="other wording", groups=("instruction", "libero-plus", "libero-pro")
)
