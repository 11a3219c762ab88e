"""No instruction at all: a policy that still does the task ignores language."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations import _prompts


@dataclass(frozen=True)
class Blank(_prompts.Prompt):
    """One level. The task cannot be known, so that failure is the right answer."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Say nothing."""
        edit.instruction = ""
        return ""


VARIATION = Blank(quantities=(0.0, 100.0), unit="% of the words left out", expects="failure")
