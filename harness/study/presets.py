"""Named amounts of work. A flag given on the command line replaces the preset's value."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.errors import UserError


@dataclass(frozen=True)
class Preset:
    """How much a study does."""

    demos: int
    """Demonstrations per task."""
    steps: int
    """Finetuning steps per adaptation."""
    batch_size: int
    episodes: int
    """Evaluation episodes per task and seed."""
    tasks: str = "all"
    seeds: str = "0"
    sweep: bool = False
    """Choose each learning rate on held-out demonstrations: three more trainings."""


PRESETS = {
    "smoke": Preset(demos=10, steps=150, batch_size=16, episodes=5, tasks="0"),
    "quick": Preset(demos=20, steps=600, batch_size=32, episodes=10),
    # 20 demonstrations, 3,000 steps at batch 32: arXiv 2511.22697, section 4. Its 40 trials a cell do
    # not tell the methods apart; 50 is the number of official initial states.
    "paper": Preset(demos=20, steps=3000, batch_size=32, episodes=50, sweep=True),
}


def preset(name: str) -> Preset:
    """The preset called `name`; raises UserError with the known names."""
    if name not in PRESETS:
        raise UserError(f"unknown preset {name!r}; known: {', '.join(PRESETS)}")
    return PRESETS[name]
