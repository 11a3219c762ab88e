"""Draw heavy meshes with fewer triangles, without touching the compiled model for longer than an upload."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib.metadata import version

import mujoco
import numpy as np
from numpy.typing import NDArray

from harness.core.files import whole_file
from harness.core.paths import cache_dir

MAX_FACES = 1500
"""Meshes above this many triangles are simplified; at 80 to 256 pixels the difference is hardly seen."""

MAX_RATIO = 20
"""A mesh keeps at least one triangle in so many: those with the most, such as a woven basket, need more."""

LARGE = 0.5
"""Meshes of at least so many metres stay whole: rooms, furniture and the robot's pedestal. They stand still,
so that they are drawn once, and simplified walls and legs come loose."""

NORMAL_WEIGHT = 0.05
"""Weight of a corner's normal against its place (in mesh extents) when an old corner stands in for a new."""

TEXTURE_WEIGHT = 0.25
"""Weight of a distance on the texture against one in space when a corner is looked for near the middle of its
triangle: small, as it draws textures together, but across a seam the way on the texture is long."""

RECIPE = 2
"""Changes with what is kept on disk."""

PLACE, LOOK = 0, 1
"""Rows of what is kept: where a new corner's vertex comes from, and its normal and texture coordinate."""


@contextmanager
def decimated(model: mujoco.MjModel) -> Iterator[None]:
    """While inside, the meshes of `model` have about MAX_FACES triangles at most. Undone on exit.

    Only lists of corners shrink, in place: a new corner takes its vertex from one old corner and its normal
    and texture coordinate from another, so that everything else in the model remains valid.
    """
    lists = [model.mesh_face, model.mesh_facenormal]
    lists += [model.mesh_facetexcoord] if model.mesh_facetexcoord.size else []
    saved, counts = [corners.copy() for corners in lists], model.mesh_facenum.copy()
    try:
        for mesh in map(int, np.flatnonzero(counts > MAX_FACES)):
            start, count = model.mesh_faceadr[mesh], counts[mesh]
            chosen = _chosen(model, mesh, start, count)
            if chosen is None:
                continue
            for corners, old, source in zip(lists, saved, (PLACE, LOOK, LOOK), strict=False):
                kept = old[start : start + count].reshape(-1)[chosen[source]]
                corners[start : start + len(kept)] = kept
            model.mesh_facenum[mesh] = chosen.shape[1]
        yield
    finally:
        for corners, old in zip(lists, saved, strict=True):
            corners[:] = old
        model.mesh_facenum[:] = counts


def _chosen(model: mujoco.MjModel, mesh: int, start: int, count: int) -> NDArray[np.intp] | None:
    """What `decimate` keeps of a mesh whose faces begin at `start`; None where it stays whole."""

    def part(array: NDArray[np.float32], first: int, size: int) -> NDArray[np.float32]:
        return array[first : first + size]

    vertices = part(model.mesh_vert, model.mesh_vertadr[mesh], model.mesh_vertnum[mesh])
    if np.ptp(vertices, axis=0).max() >= LARGE:
        return None
    normals = part(model.mesh_normal, model.mesh_normaladr[mesh], model.mesh_normalnum[mesh])
    corners = slice(start, start + count)
    seen = np.zeros((count, 3, 2), np.float32)
    if model.mesh_texcoordnum[mesh]:
        charts = part(model.mesh_texcoord, model.mesh_texcoordadr[mesh], model.mesh_texcoordnum[mesh])
        seen = charts[model.mesh_facetexcoord[corners]]
    faces, facing = model.mesh_face[corners], normals[model.mesh_facenormal[corners]]
    return _simplify(vertices.tobytes(), faces.tobytes(), facing.tobytes(), seen.tobytes())


@lru_cache(maxsize=256)
def _simplify(vertices: bytes, faces: bytes, normals: bytes, coordinates: bytes) -> NDArray[np.intp]:
    """Quadric simplification; the result [2, new faces, 3] names, for each new corner, the old corner (3 f
    + c) that gives its vertex (PLACE) and the one that gives its normal and texture coordinate (LOOK).

    Results are kept on disk: a scene's meshes take seconds.
    """
    settings = (RECIPE, MAX_FACES, MAX_RATIO, NORMAL_WEIGHT, TEXTURE_WEIGHT, version("fast-simplification"))
    parts = (repr(settings).encode(), vertices, faces, normals, coordinates)
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()
    path = cache_dir() / "decimated" / f"{digest[:32]}.npy"
    with suppress(OSError, ValueError, EOFError):
        kept: NDArray[np.intp] = np.load(path)
        if kept.ndim == 3 and kept.shape[::2] == (2, 3) and kept.min() >= 0 and kept.max() < len(faces) // 4:
            return kept
    points = np.frombuffer(vertices, np.float32).reshape(-1, 3)
    corners = np.frombuffer(faces, np.int32)
    chosen = decimate(
        points[corners],
        np.frombuffer(normals, np.float32).reshape(-1, 3),
        np.frombuffer(coordinates, np.float32).reshape(-1, 2),
    )
    with suppress(OSError), whole_file(path) as partial, partial.open("wb") as file:
        np.save(file, chosen)
    return chosen


def decimate(
    points: NDArray[np.float32], normals: NDArray[np.float32], coordinates: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Old corners [2, new faces, 3] that stand in for new ones, as PLACE and as LOOK, of a mesh given by the
    position [corners, 3], normal [corners, 3] and texture coordinate [corners, 2] of each corner.

    A new vertex becomes one old vertex, the same in all its triangles, or there would be cracks between them.
    A new triangle takes its texture from one side of a seam, or it would show all that lies between.
    """
    # Not at the top: most processes find all their meshes on disk, and this takes 30 MB.
    import fast_simplification
    from scipy.spatial import cKDTree

    # Vertices are split along texture seams and hard edges; quadrics need them joined.
    places, first, joined = np.unique(points, axis=0, return_index=True, return_inverse=True)
    joined = joined.reshape(-1)
    welded = joined.reshape(-1, 3).astype(np.int32)
    reduced, triangles = fast_simplification.simplify(
        places, welded, target_count=max(MAX_FACES, len(welded) // MAX_RATIO)
    )[:2]
    weight = NORMAL_WEIGHT * float(np.ptp(points, axis=0).max())

    outward = _unit(_summed(normals, joined, len(places)))
    bent = _unit(_summed(np.repeat(_facing(reduced[triangles]), 3, axis=0), triangles.ravel(), len(reduced)))
    nearest = cKDTree(np.hstack([places, weight * outward])).query(np.hstack([reduced, weight * bent]))[1]
    triangles = nearest[triangles]
    triangles = triangles[(triangles != np.roll(triangles, 1, axis=1)).all(axis=1)]

    old_faces, new_faces = points.reshape(-1, 3, 3), places[triangles]
    old = np.hstack([old_faces.mean(axis=1), weight * _unit(_facing(old_faces))])
    facing = weight * _unit(_facing(new_faces))
    around = cKDTree(old).query(np.hstack([new_faces.mean(axis=1), facing]))[1]
    flat = TEXTURE_WEIGHT * _metres(old_faces, coordinates) * coordinates
    middle = np.repeat(flat.reshape(-1, 3, 2).mean(axis=1)[around], 3, axis=0)
    new = np.hstack([new_faces.reshape(-1, 3), np.repeat(facing, 3, axis=0), middle])
    look = cKDTree(np.hstack([points, weight * normals, flat])).query(new)[1]
    return np.stack([first[triangles], look.reshape(-1, 3)])


def _metres(faces: NDArray[np.float32], coordinates: NDArray[np.float32]) -> float:
    """How many metres of the surface one unit of its texture covers."""
    texture = np.pad(coordinates, ((0, 0), (0, 1))).reshape(-1, 3, 3)
    area = np.linalg.norm(_facing(texture), axis=1).sum()
    return float(np.sqrt(np.linalg.norm(_facing(faces), axis=1).sum() / area)) if area else 0.0


def _facing(faces: NDArray[np.float32]) -> NDArray[np.float32]:
    """Normals [faces, 3] of triangles [faces, 3, 3], as long as twice their area."""
    facing: NDArray[np.float32] = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
    return facing


def _summed(vectors: NDArray[np.float32], groups: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    """Sums [count, 3] of vectors [n, 3] by group [n]."""
    return np.stack([np.bincount(groups, vectors[:, axis], count) for axis in range(3)], axis=1)


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
