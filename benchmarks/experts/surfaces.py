"""Points on the collision surfaces of a MuJoCo model, from which height maps are made."""

from __future__ import annotations

import mujoco
import numpy as np
from scipy.spatial import ConvexHull

from benchmarks.experts.view import Array

SPACING = 0.0035
"""Distance of neighbouring samples, m: a little under the height maps' 4 mm cells."""


class Surfaces:
    """Sampled collision geometry of `model`; geoms without contacts and planes have no samples."""

    def __init__(self, model: mujoco.MjModel) -> None:
        """Geoms are sampled when they are first asked for."""
        self.model = model
        solid = (model.geom_contype | model.geom_conaffinity) != 0
        plane = model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE
        self._solid, self._planes = np.flatnonzero(solid & ~plane), np.flatnonzero(solid & plane)
        self._roots = model.body_rootid[model.geom_bodyid]
        self._local: dict[int, Array] = {}

    def geoms(self, *, root: int | None = None, body: int | None = None) -> list[int]:
        """Geoms with a surface of a kinematic tree (`root` body) or of one `body`."""
        if root is not None:
            return [int(geom) for geom in self._solid if self._roots[geom] == root]
        return [int(geom) for geom in self._solid if self.model.geom_bodyid[geom] == body]

    def geoms_without(self, roots: set[int]) -> list[int]:
        """Geoms with a surface outside the given kinematic trees."""
        return [int(geom) for geom in self._solid if int(self._roots[geom]) not in roots]

    def points(self, data: mujoco.MjData, geoms: list[int]) -> Array:
        """World points [n, 3] of `geoms` at their present poses."""
        parts = [np.empty((0, 3))]
        for geom in geoms:
            if geom not in self._local:
                self._local[geom] = geom_surface(self.model, geom)
            turn = data.geom_xmat[geom].reshape(3, 3)
            parts.append(self._local[geom] @ turn.T + data.geom_xpos[geom])
        return np.concatenate(parts)

    def floor(self, data: mujoco.MjData) -> float:
        """Height of the highest plane, m; -inf without one."""
        return max((float(data.geom_xpos[geom][2]) for geom in self._planes), default=-np.inf)


def geom_surface(model: mujoco.MjModel, geom: int, spacing: float = SPACING) -> Array:
    """Points [n, 3] on the collision surface of one geom, in the geom's frame."""
    kind, size = int(model.geom_type[geom]), model.geom_size[geom]
    shape = mujoco.mjtGeom
    if kind == shape.mjGEOM_BOX:
        return _box(size, spacing)
    if kind == shape.mjGEOM_CYLINDER:
        return _cylinder(size[0], size[1], spacing)
    if kind == shape.mjGEOM_CAPSULE:
        ends = _ellipsoid(np.full(3, size[0]), spacing)
        ends[:, 2] += np.sign(ends[:, 2]) * size[1]
        return np.concatenate([_cylinder(size[0], size[1], spacing), ends])
    if kind == shape.mjGEOM_SPHERE:
        return _ellipsoid(np.full(3, size[0]), spacing)
    if kind == shape.mjGEOM_ELLIPSOID:
        return _ellipsoid(size, spacing)
    if kind == shape.mjGEOM_MESH:
        return _hull(model, int(model.geom_dataid[geom]), spacing)
    raise ValueError(f"geom {geom} has type {kind}, which has no surface sampler")


def _steps(half: float, spacing: float) -> Array:
    return np.linspace(-half, half, max(2, int(np.ceil(2 * half / spacing)) + 1))


def _box(size: Array, spacing: float) -> Array:
    faces = []
    for axis in range(3):
        first, second = (other for other in range(3) if other != axis)
        grid = np.meshgrid(_steps(size[first], spacing), _steps(size[second], spacing))
        for side in (-1.0, 1.0):
            face = np.empty((grid[0].size, 3))
            face[:, axis] = side * size[axis]
            face[:, first], face[:, second] = grid[0].ravel(), grid[1].ravel()
            faces.append(face)
    return np.concatenate(faces)


def _cylinder(radius: float, half: float, spacing: float) -> Array:
    turn = np.linspace(0, 2 * np.pi, max(8, int(2 * np.pi * radius / spacing)), endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    side = [np.column_stack([radius * ring, np.full(len(ring), z)]) for z in _steps(half, spacing)]
    radii = np.linspace(0, radius, max(2, int(radius / spacing) + 1))
    caps = [np.column_stack([r * ring, np.full(len(ring), z)]) for r in radii for z in (-half, half)]
    return np.concatenate(side + caps)


def _ellipsoid(size: Array, spacing: float) -> Array:
    count = max(32, int(4 * np.pi * float(np.max(size)) ** 2 / spacing**2))
    z = 1 - 2 * (np.arange(count) + 0.5) / count
    turn = np.pi * (1 + 5**0.5) * np.arange(count)  # Fibonacci lattice: near-even cover of a sphere
    flat = np.sqrt(1 - z * z)
    return np.column_stack([flat * np.cos(turn), flat * np.sin(turn), z]) * size


def _hull(model: mujoco.MjModel, mesh: int, spacing: float) -> Array:
    """MuJoCo collides meshes by their convex hull."""
    start, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    vertices = np.asarray(model.mesh_vert[start : start + count], dtype=np.float64)
    parts = []
    for corner, *others in vertices[ConvexHull(vertices).simplices]:
        edges = np.array(others) - corner
        count = int(np.ceil(np.linalg.norm(edges, axis=1).max() / spacing)) + 1
        grid = np.stack(np.meshgrid(np.linspace(0, 1, count), np.linspace(0, 1, count)), axis=-1).reshape(
            -1, 2
        )
        parts.append(corner + grid[grid.sum(axis=1) <= 1 + 1e-9] @ edges)
    return np.concatenate(parts)
