"""What stands still before a camera that stands still, drawn once: its colours and its depths.

What moves is then drawn alone and put in front where it is nearer. A software renderer spends half of an
image on table, walls and pedestal otherwise. No pixel differs: opaque triangles are drawn independently of
each other, and where anything is seen through, nothing is put together.
"""

from __future__ import annotations

from operator import attrgetter

import mujoco
import numpy as np
from numpy.typing import NDArray

Picture = tuple[NDArray[np.uint8], NDArray[np.float32]]
"""Colours [size, size, 3] and depths [size, size], larger where nearer and 0 where nothing was drawn."""
LOOKS = (
    *("geom_rgba", "geom_size", "geom_matid", "geom_group", "cam_fovy", "vis.rgba.haze"),
    *("vis.headlight.ambient", "vis.headlight.diffuse", "vis.headlight.specular"),
)
FAMILIES = ("light_", "mat_")
"""Arrays of a model, and beginnings of names of arrays, that a picture depends on besides poses."""


class StaticLayer:
    """The picture of everything that no joint moves; whoever draws it leaves it in `picture`."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, camera: int) -> None:
        """Of a fixed camera of `model`."""
        self.model, self.data, self.camera = model, data, camera
        self._still = model.body_weldid[model.geom_bodyid] == 0
        self._camera_stands = model.body_weldid[model.cam_bodyid[camera]] == 0
        names = [*LOOKS, *(name for name in dir(model) if name.startswith(FAMILIES))]
        self._model_looks = [np.asarray(attrgetter(name)(model)) for name in names]
        self.picture: Picture | None = None
        self._drawn_from = b""

    def applies(self) -> bool:
        """Whether the camera stands still and nothing is seen through."""
        return bool(self._camera_stands) and not seen_through(self.model)

    def stale(self) -> bool:
        """Whether it has to be drawn again, which is expected to follow."""
        now = self._looks()
        before, self._drawn_from = self._drawn_from, now
        return self.picture is None or now != before

    def forget(self) -> None:
        """Draw it again the next time."""
        self.picture = None

    def _looks(self) -> bytes:
        data, still, camera = self.data, self._still, self.camera
        poses = [data.geom_xpos[still], data.geom_xmat[still], data.light_xpos, data.light_xdir]
        poses += [data.cam_xpos[camera], data.cam_xmat[camera]]
        return b"".join(array.tobytes() for array in [*poses, *self._model_looks])

    def behind(self, picture: Picture) -> NDArray[np.uint8]:
        """The colours of a picture of what moves, with this one's wherever what stands still is nearer."""
        assert self.picture is not None
        (colours, depths), (own_colours, own_depths) = picture, self.picture
        np.copyto(colours, own_colours, where=((depths < own_depths) | (depths == 0))[:, :, None])
        return colours


def seen_through(model: mujoco.MjModel) -> bool:
    """Whether any geom or site that is drawn is neither opaque nor invisible, or any site is visible."""
    if (model.site_rgba[:, 3] > 0).any():
        return True
    drawn = (model.geom_group > 0) & (model.geom_group < 3)
    material = model.geom_matid[drawn]
    alpha = np.concatenate([model.geom_rgba[drawn, 3], model.mat_rgba[material[material >= 0], 3]])
    return bool(((alpha > 0) & (alpha < 1)).any())
