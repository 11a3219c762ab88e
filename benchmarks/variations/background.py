"""Another table top, floor and walls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Edit
from benchmarks.sim import scene_objects
from benchmarks.variations import _patterns
from benchmarks.variations._base import Variation


@dataclass(frozen=True)
class Background(Variation):
    """The quantity is how much of each surface's colour comes from the new one."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Blend a drawn pattern into the texture of every surface, or a colour where it has none."""
        model, names = edit.sim.model, []
        share = round(256 * self.quantities[level] / 100)
        old = (np.arange(256) * (1 - share / 256)).astype(np.uint8)
        roots = scene_objects.supports(edit.sim)
        geoms = [g for g in range(model.ngeom) if model.body_rootid[model.geom_bodyid[g]] in roots]
        shown = [geom for geom in geoms if model.geom_group[geom] == 1]
        for material in dict.fromkeys(int(model.geom_matid[geom]) for geom in shown):
            name, tile = _patterns.surface(rng)
            texture = max(model.mat_texid[material]) if material >= 0 else -1
            if texture >= 0:
                pixels = edit.pixels(int(texture))
                new = _patterns.spread((tile * (share / 256)).astype(np.uint8), *pixels.shape[:2])
                pixels[..., :3] = old[pixels[..., :3]] + new
            elif material >= 0:
                rgba = edit.array("mat_rgba")[material]
                rgba[:3] += share / 256 * (tile.mean(axis=(0, 1)) / 255 - rgba[:3])
            names.append(name)
        return ", ".join(names)


VARIATION = Background(
    quantities=(0.0, 25.0, 50.0, 75.0, 100.0),
    unit="% of the new surface",
    changes="pixels",
    groups=("libero-plus", "libero-pro"),
)
