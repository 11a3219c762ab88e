"""Frames of many demonstrations: images stay encoded in a mapped file that all processes share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baselines.data import frames as framing
from baselines.data.frames import Format, Frames
from baselines.data.images import fit
from harness.core import arrays, jpeg
from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.files import whole_file

IMAGES, ROWS = "images", "rows"
QUALITY = 95
"""Of images that are encoded here: those that came as pixels or in another size."""
ROW_ARRAYS = ("state", "chunks", "weights", "episode", "step", "instruction")


class FrameStore:
    """Frames without pixels in memory, and their encoded images, decoded row by row when asked for."""

    def __init__(self, folder: Path) -> None:
        """Open what `build` wrote."""
        found = arrays.read(folder / ROWS)
        lines = found["instructions"].tobytes().decode().split("\n")
        rows = {name: found[name] for name in ROW_ARRAYS}
        self.frames = Frames(np.empty((len(rows["state"]), 0), np.uint8), **rows, instructions=tuple(lines))
        self.paths = found["paths"].tobytes().decode().split("\n")
        self._ends = found["ends"]  # [frames x cameras], bytes
        self._cameras = len(self._ends) // max(1, len(self.frames))
        self._bytes = np.memmap(folder / IMAGES, np.uint8, "r")

    def images(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Pixels of the frames `rows`, [rows, cameras, size, size, 3]."""
        decoded = []
        for number in (rows[:, None] * self._cameras + np.arange(self._cameras)).ravel():
            start = self._ends[number - 1] if number else 0
            decoded.append(jpeg.decode(self._bytes[start : self._ends[number]].tobytes()))
        return np.stack(decoded).reshape(len(rows), self._cameras, *decoded[0].shape)


def build(paths: Sequence[Path], folder: Path, wanted: Format) -> FrameStore:
    """The store of the demonstrations `paths` in `folder`, each encoded once.

    Those that an earlier call stored keep their place, so that the same ones are held out, and new ones come
    behind them; where one is gone, all are stored anew. Raises UserError for what is no such demonstration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    old = FrameStore(folder) if (folder / ROWS).exists() else None
    known = old.paths if old else []
    if not set(known) <= set(map(str, paths)):
        old, known = None, []
    fresh = [path for path in paths if str(path) not in set(known)]
    if old is not None and not fresh:
        return old
    parts = [old.frames] if old else []
    ends = old._ends.tolist() if old else []
    with (folder / IMAGES).open("r+b" if old else "wb") as file:
        # What a killed call wrote behind the last row is overwritten.
        file.truncate(ends[-1] if ends else 0)
        file.seek(0, 2)
        for path in fresh:
            demo = Demonstration.load(path)
            parts.append(
                replace(framing.from_demonstrations([demo], wanted), images=np.empty((0, 0), np.uint8))
            )
            for encoded in _encoded(path, demo, wanted):
                file.write(encoded)
                ends.append((ends[-1] if ends else 0) + len(encoded))
    _write_rows(folder / ROWS, parts, np.array(ends, np.int64), [*known, *map(str, fresh)])
    return FrameStore(folder)


def _encoded(path: Path, demo: Demonstration, wanted: Format) -> list[bytes]:
    """A demonstration's images at the wanted size, frame by frame, its cameras in order."""
    found = jpeg.images(arrays.read(path))
    cameras = []
    for camera in wanted.needs.cameras:
        images = demo.images[camera]
        if camera in found and images.shape[1:3] == (wanted.image_size, wanted.image_size):
            cameras.append(found[camera])
        else:
            cameras.append([jpeg.encode(image, QUALITY) for image in fit(images, wanted.image_size)])
    return [image for step in zip(*cameras, strict=True) for image in step]


def _write_rows(path: Path, parts: Sequence[Frames], ends: NDArray[np.int64], paths: Sequence[str]) -> None:
    known: dict[str, int] = {}
    numbers, episodes, episode = [], [], 0
    for part in parts:
        here = np.array([known.setdefault(text, len(known)) for text in part.instructions])
        numbers.append(here[part.instruction])
        episodes.append(part.episode + episode)
        episode = int(episodes[-1].max()) + 1
    rows = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ROW_ARRAYS}
    rows |= {"instruction": np.concatenate(numbers), "episode": np.concatenate(episodes), "ends": ends}
    for name, lines in (("instructions", known), ("paths", paths)):
        rows[name] = np.frombuffer("\n".join(lines).encode(), np.uint8)
    if any("\n" in text for text in (*known, *paths)) or len(ends) % len(rows["state"]):
        raise UserError("a path or instruction has a line break, or a camera lacks images; record others")
    with whole_file(path) as partial, partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **rows)
