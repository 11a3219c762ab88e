"""Named amounts of work. A flag given on the command line replaces the preset's value."""

from __future__ import annotations

from harness.core.errors import UserError
from harness.core.settings import Adaptation, Scenes, Settings

PRESETS = {
    "smoke": Settings(
        scenes=Scenes(task_ids=(0,), episodes=5), adaptation=Adaptation(demos=10, steps=150, batch_size=16)
    ),
    "quick": Settings(),
    # 20 demonstrations, 3,000 steps at batch 32: arXiv 2511.22697, section 4. Its 40 trials a cell do
    # not separate the methods; 50 is the number of official initial states.
    "paper": Settings(scenes=Scenes(episodes=50), adaptation=Adaptation(steps=3000, lr_sweep=True)),
}


def preset(name: str) -> Settings:
    """The preset called `name`; raises UserError with the known names."""
    if name not in PRESETS:
        raise UserError(f"unknown preset {name!r}; known: {', '.join(PRESETS)}")
    return PRESETS[name]
