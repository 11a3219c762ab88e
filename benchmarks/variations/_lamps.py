"""What variations of the light have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Array, Edit
from benchmarks.variations._base import Observable, Variation

LAMPS = ("light_diffuse", "light_ambient", "light_specular", "vis.headlight.ambient", "vis.headlight.diffuse")
"""Colours of the lamps and of the light that comes from the camera, [3] or [lamps, 3]."""


@dataclass(frozen=True)
class Dimmer(Variation):
    """The quantity is the factor on the light of every lamp; its colour and direction stay."""

    changes: Observable = "pixels"

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Dim or brighten every lamp alike; nothing is drawn."""
        tint(edit, np.full(3, self.quantities[level]))
        return ""


def tint(edit: Edit, factors: Array) -> None:
    """Scale the red, green and blue of every lamp by `factors` [3]."""
    for name in LAMPS:
        edit.array(name)[:] *= factors
