"""What pieces of work take on one worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.core.keys import CLEAN, EpisodeKey


@dataclass(frozen=True)
class Speed:
    """What pieces of work take on one worker, in seconds.

    The defaults were measured on two quiet cores of 2.x GHz that two workers shared, with software OpenGL,
    stand-ins for LIBERO's meshes and pi0-small: 300 episodes of libero_spatial, 30 adaptations of 600 steps
    at batch 32.
    """

    control: float = 0.0105
    """A control step of an episode with its share of images and queries."""
    rebuild: float = 1.0
    """Compiling a task again for a variation."""
    demonstration: float = 1.75
    """A useful one, with its share of those that failed."""
    load: float = 3.5
    """An adaptation without its steps."""
    step: float = 0.2
    """A finetuning step, mean over the methods."""
    steps: Mapping[str, float] = field(default_factory=dict)
    """The same by method where that is known."""
    episodes: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """An episode without compiling, by method and setting where that is known."""
    source: str = "typical speeds"


def setting(key: EpisodeKey) -> str:
    """What an episode runs under, as it is asked for."""
    single = key.variation != CLEAN and ":" not in key.variation
    return f"{key.variation}:{key.level}" if single else key.variation
