"""Objects in another colour, save those whose colour the instruction names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Array, Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _patterns
from benchmarks.variations._base import Variation
from harness.core.keys import Task

COLOURS = ("black", "white", "red", "yellow", "blue", "green", "brown")

LARGE = 2**18
"""Texels above which a texture is tinted by its material instead of being painted and uploaded anew."""


@dataclass(frozen=True)
class ObjectColor(Variation):
    """The quantity is how much of an object's colour comes from the drawn one."""

    def refusal(self, task: Task) -> str:
        """Lift has one object, and the instruction calls it red."""
        only = "its only object is called red" if task.suite == "robosuite_lift" else ""
        return super().refusal(task) or only

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Colour each object by itself; objects of one kind alike."""
        share = self.quantities[level] / 100
        unchanged = [name for name in scene_objects.movables(edit.sim) if has_named_colour(name, edit.task)]
        colours: dict[str, Array] = {}
        for name, item in scene_objects.movables(edit.sim).items():
            colour = colours.setdefault(name.rstrip("0123456789"), _patterns.vivid(rng, 0.75, 0.85))
            if name not in unchanged:
                self._paint(edit, item.body, share, colour)
        return f"all but {', '.join(unchanged)}" if unchanged else "all"

    def _paint(self, edit: Edit, body: int, share: float, colour: Array) -> None:
        model = edit.sim.model
        values = np.arange(256)[:, None]
        # The old shading shows through, so that labels and rims can still be made out.
        table = ((1 - share) * values + share * colour * (0.35 + 0.65 * values / 255)).astype(np.uint8)
        geoms = np.flatnonzero((model.body_rootid[model.geom_bodyid] == body) & (model.geom_group == 1))
        for material in np.unique(model.geom_matid[geoms]):
            texture = int(max(model.mat_texid[material])) if material >= 0 else -1
            if texture >= 0 and model.tex_height[texture] * model.tex_width[texture] > LARGE:
                edit.array("mat_rgba")[material, :3] *= 1 + share * (colour / 255 - 1)
            elif texture >= 0:
                pixels = edit.pixels(texture)
                for channel in range(3):
                    pixels[..., channel] = table[:, channel][pixels[..., channel]]
            elif material >= 0:
                _blend(edit.array("mat_rgba")[material], share, colour)
        for geom in geoms[model.geom_matid[geoms] < 0]:
            _blend(edit.array("geom_rgba")[geom], share, colour)


def has_named_colour(name: str, task: Task) -> bool:
    """Whether the instruction names this object, or one of its kind, by colour."""
    words = task.instruction.split()
    named = {colour for colour in COLOURS if colour in words}
    return any(colour in name.split("_") for colour in named)


def _blend(rgba: Array, share: float, colour: Array) -> None:
    rgba[:3] += share * (colour / 255 - rgba[:3])


VARIATION = ObjectColor(
    quantities=(0.0, 25.0, 50.0, 75.0, 100.0),
    unit="% of the new colour",
    changes="pixels",
    groups=("libero-pro",),
)
