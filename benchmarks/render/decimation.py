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

NORMAL_WEIGHT = 0.05
"""Weight of a corner's normal against its place (in mesh extents) when an old corner stands in for a new."""


@contextmanager
def decimated(model: mujoco.MjModel) -> Iterator[None]:
    """While inside, the meshes of `model` have about MAX_FACES triangles at most. Undone on exit.

    Only lists of corners shrink, in place: a new corner is an old one (vertex, normal, texture coordinate),
    so that everything else in the model remains valid.
    """
    lists = [model.mesh_face, model.mesh_facenormal]
    lists += [model.mesh_facetexcoord] if model.mesh_facetexcoord.size else []
    saved, counts = [corners.copy() for corners in lists], model.mesh_facenum.copy()
    try:
        for mesh in np.flatnonzero(counts > MAX_FACES):
            start, count = model.mesh_faceadr[mesh], counts[mesh]
            vertices = _part(model.mesh_vert, model.mesh_vertadr[mesh], model.mesh_vertnum[mesh])
            normals = _part(model.mesh_normal, model.mesh_normaladr[mesh], model.mesh_normalnum[mesh])
            faces, face_normals = (corners[start : start + count] for corners in saved[:2])
            chosen = _simplify(vertices.tobytes(), faces.tobytes(), normals[face_normals].tobytes())
            for corners, old in zip(lists, saved, strict=True):
                corners[start : start + len(chosen)] = old[start : start + count].reshape(-1)[chosen]
            model.mesh_facenum[mesh] = len(chosen)
        yield
    finally:
        for corners, old in zip(lists, saved, strict=True):
            corners[:] = old
        model.mesh_facenum[:] = counts


def _part(array: NDArray[np.float32], start: int, count: int) -> NDArray[np.float32]:
    return array[start : start + count]


@lru_cache(maxsize=256)
def _simplify(vertices: bytes, faces: bytes, normals: bytes) -> NDArray[np.intp]:
    """Quadric simplification; the result names, for each new corner [new faces, 3], an old one (3 f + c).

    Results are kept on disk: a scene's meshes take a second.
    """
    settings = f"{MAX_FACES} {NORMAL_WEIGHT} {version('fast-simplification')}".encode()
    digest = hashlib.sha256(b"\0".join((settings, vertices, faces, normals))).hexdigest()
    path = cache_dir() / "decimated" / f"{digest[:32]}.npy"
    with suppress(OSError, ValueError, EOFError):
        kept: NDArray[np.intp] = np.load(path)
        if kept.ndim == 2 and kept.shape[1] == 3 and kept.min() >= 0 and kept.max() < len(faces) // 4:
            return kept
    chosen = _corners(vertices, faces, normals)
    with suppress(OSError), whole_file(path) as partial, partial.open("wb") as file:
        np.save(file, chosen)
    return chosen


def _corners(vertices: bytes, faces: bytes, normals: bytes) -> NDArray[np.intp]:
    # Not at the top: most processes find all their meshes on disk, and this takes 30 MB.
    import fast_simplification
    from scipy.spatial import cKDTree

    points = np.frombuffer(vertices, np.float32).reshape(-1, 3).copy()
    corners = np.frombuffer(faces, np.int32).reshape(-1, 3).copy()
    # Vertices are split along texture seams and hard edges; quadrics need them joined.
    places, joined = np.unique(points, axis=0, return_inverse=True)
    welded = joined.reshape(-1)[corners].astype(np.int32)
    reduced, triangles = fast_simplification.simplify(places, welded, target_count=MAX_FACES)[:2]
    new_places = reduced[triangles]
    facing = np.cross(new_places[:, 1] - new_places[:, 0], new_places[:, 2] - new_places[:, 0])
    facing /= np.maximum(np.linalg.norm(facing, axis=1, keepdims=True), 1e-12)
    weight = NORMAL_WEIGHT * float(np.ptp(points, axis=0).max())
    old = np.hstack([points[corners.reshape(-1)], weight * np.frombuffer(normals, np.float32).reshape(-1, 3)])
    new = np.hstack([new_places.reshape(-1, 3), weight * np.repeat(facing, 3, axis=0)])
    return cKDTree(old).query(new)[1].reshape(-1, 3)
