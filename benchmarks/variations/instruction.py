"""The same request in other words: synonyms, chatty, with a clause of context, by referring expressions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.variations import _prompts

KINDS = ("", "synonym", "chatty", "context", "referring")
"""By level. Kinds have an order of difficulty at best: how many words differ is in the row."""


@dataclass(frozen=True)
class Instruction(_prompts.Prompt):
    """The quantity is the number of the kind."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Replace the instruction."""
        kind, old = KINDS[level], edit.instruction
        edit.instruction = (
            _prompts.chatty(old, rng) if kind == "chatty" else _prompts.table()[edit.task.instruction][kind]
        )
        return kind


VARIATION = Instruction(
    quantities=(0.0, 1.0, 2.0, 3.0, 4.0),
    unit="(synonym, chatty, context, referring)",
    groups=("libero-plus", "libero-pro"),
)
