"""One fresh episode as variations see it: the simulation, the prompt, and a way back to the originals."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.core.keys import Task

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

Array = NDArray[Any]
Images = list[NDArray[np.uint8]]
"""One for each camera of the suite, in its order, each [size, size, 3]."""


class Edit:
    """Variations change the episode through it; `undo` gives the compiled model back as it was.

    The state needs no undoing: every episode sets its own.
    """

    def __init__(self, sim: Simulation, task: Task) -> None:
        """`sim` is at an initial state, before settling."""
        self.sim, self.task = sim, task
        self.instruction = task.instruction
        self.on_action: list[Callable[[Array], Array]] = []
        """Called with each action [7] before it is executed; returns the one to execute."""
        self.on_step: list[Callable[[int], None]] = []
        """Called before each control step with its number, from 0 after settling."""
        self.on_images: list[Callable[[Images, int], Images]] = []
        """Called with the images and the number of steps executed so far."""
        self.textures: set[int] = set()
        """Textures whose pixels were changed and that the renderer has not uploaded yet."""
        self.originals: dict[str, Array] = {}
        """What was edited -> the numbers that the compiled model had there; `texture 3` for pixels."""

    def array(self, name: str) -> Array:
        """An array of the compiled model, such as `light_diffuse` or `vis.headlight.ambient`, to change
        in place."""
        live: Array = attrgetter(name)(self.sim.model)
        self.originals.setdefault(name, live.copy())
        return live

    def pixels(self, texture: int) -> NDArray[np.uint8]:
        """Pixels [height, width, channels] of a texture, to change in place."""
        model = self.sim.model
        shape = model.tex_height[texture], model.tex_width[texture], model.tex_nchannel[texture]
        start, count = int(model.tex_adr[texture]), int(np.prod(shape))
        live = model.tex_data[start : start + count]
        self.originals.setdefault(f"texture {texture}", live.copy())
        self.textures.add(texture)
        return live.reshape(shape)

    def undo(self) -> set[int]:
        """Put every original back; returns the textures to upload again."""
        edited: set[int] = set()
        for name, original in self.originals.items():
            model = self.sim.model
            if name.startswith("texture "):
                texture = int(name.split()[1])
                start = int(model.tex_adr[texture])
                model.tex_data[start : start + len(original)] = original
                edited.add(texture)
            else:
                attrgetter(name)(model)[...] = original
        self.originals.clear()
        return edited
