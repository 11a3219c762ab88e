"""What HDF5 files of LIBERO and robomimic share: data/demo_N groups, attributes in JSON, checked arrays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from harness.core.arrays import MOST_BYTES
from harness.core.dataset import Dataset, Entry, Episode, damaged, lacking

ENDINGS = (".hdf5", ".h5")
GRIPPER, POSITION, ROTATION = slice(6, 8), slice(0, 3), slice(3, 6)
"""Parts of a state of `harness.core.specs.EEF_STATE`."""


def files(path: Path) -> list[Path]:
    """The HDF5 files that `path` is, or holds, sorted."""
    if path.is_file():
        return [path] if path.suffix in ENDINGS else []
    return sorted(found for found in path.rglob("*") if found.suffix in ENDINGS and found.is_file())


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """An HDF5 file for reading. Raises UserError where it is none, or something in it is missing."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError, RuntimeError, TypeError) as error:
        raise damaged(path, error) from None


def has(path: Path, *keys: str) -> bool:
    """Whether the first demonstration of a file has one of these keys."""
    try:
        with h5py.File(path, "r") as file:
            names = demos(file)
            return bool(names) and any(key in file["data"][names[0]] for key in keys)
    except (OSError, RuntimeError, KeyError, TypeError, AttributeError):
        return False


def dataset(
    path: Path,
    needed: Callable[[Path], Sequence[str]],
    described: Callable[[Path, h5py.Group, list[str]], Iterable[Entry]],
    load: Callable[[Path, str], Episode],
) -> Dataset:
    """The files at `path`: `needed` keys of a demonstration, entries by file, group `data` and names in it.

    Raises UserError where a key is missing.
    """
    places: list[tuple[Path, str]] = []
    entries: list[Entry] = []
    rates: set[float] = set()
    for file in files(path):
        with opened(file) as opened_file:
            names, data = demos(opened_file), opened_file["data"]
            for key in needed(file):
                if names and key not in data[names[0]]:
                    known: list[str] = []
                    data[names[0]].visit(known.append)
                    raise lacking(f"{file}:{names[0]}", repr(key), known)
            env = facts(data, "env_args").get("env_kwargs")
            if isinstance(env, dict) and "control_freq" in env:
                rates.add(float(env["control_freq"]))
            entries += described(file, data, names)
        places += [(file, name) for name in names]
    rate = rates.pop() if len(rates) == 1 else None
    return Dataset(rate, tuple(entries), lambda at: load(*places[at]))


def camera_key(file: Path, camera: str, known: Mapping[str, str]) -> str:
    """Where the images of a camera are. Raises UserError for one that is not `known`."""
    if camera not in known:
        raise lacking(file, f"camera {camera!r}", known)
    return f"obs/{known[camera]}"


def demos(file: h5py.File) -> list[str]:
    """demo_0, demo_1, ... of a file in the order of their numbers."""
    if "data" not in file:
        raise lacking(file.filename, "group 'data'", list(file))
    return sorted(file["data"], key=lambda name: (int(re.sub(r"\D", "", name) or 0), name))


def array(group: h5py.Group, key: str) -> NDArray[np.generic]:
    """A data set of a group. Raises UserError where it is missing, holds no numbers or is too large."""
    where = f"{group.file.filename}:{group.name}"
    if key not in group:
        known: list[str] = []
        group.visit(known.append)
        raise lacking(where, repr(key), known)
    found = group[key]
    if not isinstance(found, h5py.Dataset) or found.dtype.kind not in "biuf" or found.nbytes > MOST_BYTES:
        raise damaged(where, f"{key!r} is no array of numbers, or larger than half of the memory")
    values: NDArray[np.generic] = found[()]
    return values


def columns(group: h5py.Group, keys: Sequence[str], kind: type[np.generic]) -> list[NDArray[np.generic]]:
    """Several arrays of as many rows each. Raises UserError where they differ in that."""
    found = [array(group, key).astype(kind, copy=False) for key in keys]
    if len({len(each) for each in found}) > 1:
        lengths = ", ".join(f"{key} {len(each)}" for key, each in zip(keys, found, strict=True))
        raise damaged(f"{group.file.filename}:{group.name}", f"rows differ: {lengths}")
    return found


def facts(group: h5py.Group, name: str) -> dict[str, object]:
    """A JSON attribute of a group; empty where there is none."""
    try:
        found = json.loads(group.attrs[name])
    except (KeyError, ValueError, TypeError, RecursionError):
        return {}
    return dict(found) if isinstance(found, dict) else {}


def image_rows(group: h5py.Group, key: str) -> NDArray[np.uint8]:
    """Images [rows, height, width, 3]. Raises UserError for anything else."""
    found = array(group, key)
    if found.dtype != np.uint8 or found.ndim != 4 or found.shape[-1] != 3:
        raise damaged(
            f"{group.file.filename}:{group.name}",
            f"{key!r} is {found.dtype} {list(found.shape)}, not uint8 [rows, height, width, 3]",
        )
    return np.asarray(found, np.uint8)


def store(group: h5py.Group, name: str, values: NDArray[np.generic]) -> None:
    """Write an array, compressed: one row a chunk, as training reads rows."""
    chunks = (1, *values.shape[1:]) if values.ndim > 2 else None
    group.create_dataset(name, data=values, compression="gzip" if chunks else None, chunks=chunks)
