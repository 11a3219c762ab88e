"""Draw heavy meshes with fewer triangles, without touching the compiled model for longer than an upload."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import mujoco
import numpy as np
from numpy.typing import NDArray

MAX_FACES = 1200
"""Meshes above this many triangles are simplified; at 80 to 256 pixels the difference is not seen."""


@contextmanager
def decimated(model: mujoco.MjModel) -> Iterator[None]:
    """While inside, the meshes of `model` have at most about MAX_FACES triangles each.

    Only face lists shrink, in place; vertices and normals stay, so that everything else in the model
    remains valid. Undone on exit.
    """
    faces, normals, texcoords = model.mesh_face.copy(), model.mesh_facenormal.copy(), _texcoords(model)
    counts = model.mesh_facenum.copy()
    try:
        for mesh in np.flatnonzero(counts > MAX_FACES):
            start, count = model.mesh_faceadr[mesh], counts[mesh]
            begin, length = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
            vertices = model.mesh_vert[begin : begin + length]
            keep, triangles = simplify(vertices, faces[start : start + count], MAX_FACES)
            rows = slice(start, start + len(keep))
            model.mesh_face[rows] = triangles
            # A corner keeps the normal of its new vertex, or its own where vertices and normals differ.
            per_vertex = model.mesh_normalnum[mesh] == length
            model.mesh_facenormal[rows] = triangles if per_vertex else normals[start + keep]
            if texcoords is not None:
                model.mesh_facetexcoord[rows] = texcoords[start + keep]
            model.mesh_facenum[mesh] = len(keep)
        yield
    finally:
        model.mesh_face[:], model.mesh_facenormal[:], model.mesh_facenum[:] = faces, normals, counts
        if texcoords is not None:
            model.mesh_facetexcoord[:] = texcoords


def simplify(
    vertices: NDArray[np.floating], faces: NDArray[np.integer], target: int
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Vertex clustering (Rossignac and Borrel 1993) onto existing vertices.

    Cells of a grid are merged into the vertex nearest to their mean; triangles that collapse or double go.
    The finest grid of a few that meets `target` wins.

    Returns:
        The surviving rows of `faces` [kept] and their new corners [kept, 3].
    """
    extent = float(np.ptp(vertices, axis=0).max()) or 1.0
    keep, triangles = np.arange(len(faces)), faces.astype(np.int32)
    for cells in (96, 72, 54, 40, 30, 22, 16, 12, 9, 6):
        keep, triangles = _cluster(vertices, faces, extent / cells)
        if len(keep) <= target:
            break
    return keep, triangles


def _cluster(
    vertices: NDArray[np.floating], faces: NDArray[np.integer], cell: float
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    grid = np.floor((vertices - vertices.min(axis=0)) / cell).astype(np.int64)
    _, label = np.unique(grid, axis=0, return_inverse=True)
    label = label.reshape(-1)
    size = np.bincount(label)
    mean = np.stack([np.bincount(label, vertices[:, axis]) / size for axis in range(3)], axis=1)
    distance = np.linalg.norm(vertices - mean[label], axis=1)
    order = np.lexsort((distance, label))
    first = np.searchsorted(label[order], np.arange(len(size)))
    moved = order[first][label][faces]
    solid = (moved[:, 0] != moved[:, 1]) & (moved[:, 1] != moved[:, 2]) & (moved[:, 0] != moved[:, 2])
    candidates = np.flatnonzero(solid)
    _, unique = np.unique(np.sort(moved[candidates], axis=1), axis=0, return_index=True)
    keep = candidates[np.sort(unique)]
    return keep, moved[keep].astype(np.int32)


def _texcoords(model: mujoco.MjModel) -> NDArray[np.int32] | None:
    return model.mesh_facetexcoord.copy() if model.mesh_facetexcoord.size else None
