"""Upload only the meshes that are drawn, without touching the compiled model for longer than that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import mujoco
import numpy as np

SHOWN = (1, 2)
"""Groups of geoms that are drawn: 0 holds what only collides."""


@contextmanager
def only_drawn(model: mujoco.MjModel) -> Iterator[None]:
    """While inside, meshes of `model` that no drawn geom has are empty, and none has a convex hull, which
    MuJoCo would upload besides. Undone on exit."""
    counts, hulls = model.mesh_facenum.copy(), model.mesh_graphadr.copy()
    has_mesh = np.isin(model.geom_type, (mujoco.mjtGeom.mjGEOM_MESH, mujoco.mjtGeom.mjGEOM_SDF))
    drawn = np.zeros(model.nmesh, dtype=bool)
    drawn[model.geom_dataid[has_mesh & np.isin(model.geom_group, SHOWN)]] = True
    model.mesh_facenum[~drawn] = 0
    model.mesh_graphadr[:] = -1
    try:
        yield
    finally:
        model.mesh_facenum[:], model.mesh_graphadr[:] = counts, hulls
