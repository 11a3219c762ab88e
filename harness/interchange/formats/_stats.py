"""Statistics of a dataset's columns as LeRobot keeps them (lerobot datasets/compute_stats.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IMAGE_EVERY = 10
"""Every so many images count, as reading all of them teaches nothing."""


@dataclass(frozen=True)
class Stats:
    """Of the rows of one column; each array has the shape of one row (of images: [3, 1, 1], in 0 to 1)."""

    min: NDArray[np.float64]
    max: NDArray[np.float64]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    count: int

    def plain(self) -> dict[str, list[object]]:
        """As JSON has it."""
        arrays = {name: getattr(self, name).tolist() for name in ("min", "max", "mean", "std")}
        return arrays | {"count": [self.count]}


def of_rows(values: NDArray[np.generic]) -> Stats:
    """Of [rows, ...]."""
    rows = np.asarray(values, np.float64).reshape(len(values), -1)
    return Stats(rows.min(0), rows.max(0), rows.mean(0), rows.std(0), len(rows))


def of_images(images: NDArray[np.uint8]) -> Stats:
    """Of images [frames, height, width, 3], by channel."""
    some = images[::IMAGE_EVERY] / 255.0
    axes = (0, 1, 2)
    found = (some.min(axes), some.max(axes), some.mean(axes), some.std(axes))
    low, high, mean, std = (each.reshape(3, 1, 1) for each in found)
    return Stats(low, high, mean, std, len(some))


def merged(parts: Sequence[Stats]) -> Stats:
    """Of the rows of all parts together."""
    counts = np.array([part.count for part in parts], np.float64)
    weights = (counts / counts.sum()).reshape(-1, *[1] * parts[0].mean.ndim)
    means = np.stack([part.mean for part in parts])
    mean = (weights * means).sum(0)
    squares = np.stack([part.std for part in parts]) ** 2 + (means - mean) ** 2
    return Stats(
        np.min([part.min for part in parts], axis=0),
        np.max([part.max for part in parts], axis=0),
        mean,
        np.sqrt((weights * squares).sum(0)),
        int(counts.sum()),
    )


def plain(stats: Mapping[str, Stats]) -> dict[str, dict[str, list[object]]]:
    """By column, as JSON has it."""
    return {name: each.plain() for name, each in stats.items()}
