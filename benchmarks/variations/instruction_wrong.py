"""The instruction asks for something else: a policy that still does the old task ignores language."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations import _prompts


@dataclass(frozen=True)
class Wrong(_prompts.Reviewed):
    """One level. Success is measured by the old goal, so that failure is the right answer."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Ask for something else in the same scene."""
        edit.instruction = _prompts.table()[edit.task.instruction]["wrong"]
        return "another object"


VARIATION = Wrong(quantities=(0.0, 1.0), unit="other request", groups=("libero-pro",), expects="failure")
