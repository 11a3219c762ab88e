"""Whether images are the right way up: they are compared with what the suite draws of the same task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from harness.core.errors import UserError

SIDE = 32
"""Pixels at which images are compared: layout, not detail."""

MARGIN = 0.1
"""By so much another orientation must be more like the suite's images, in correlation, to be named."""

RECOGNISED = 0.5
"""As much the images must then correlate with the suite's, or they show something else."""

TURNS = {
    "turned by 180 degrees": np.s_[::-1, ::-1],
    "upside down (flipped top to bottom)": np.s_[::-1, :],
    "mirrored left to right": np.s_[:, ::-1],
}


def check(
    images: Mapping[str, Sequence[NDArray[np.uint8]]], drawn: Mapping[str, NDArray[np.uint8]], where: str
) -> None:
    """Raise UserError where first images of a camera are more like the suite's `drawn` ones when turned."""
    for camera, first in images.items():
        wanted = _small(drawn[camera])
        seen = np.mean([_small(image) for image in first], axis=0)
        as_is = _alike(seen, wanted)
        for name, turn in TURNS.items():
            turned = _alike(seen[turn], wanted)
            if turned > max(as_is + MARGIN, RECOGNISED) and turned == _best(seen, wanted):
                raise UserError(
                    f"{where}: images of camera {camera!r} are {name} (correlation with what the suite draws "
                    f"{turned:.2f} when put right, {as_is:.2f} as they are); convert them"
                )


def _best(seen: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    return max(_alike(seen[turn], wanted) for turn in TURNS.values())


def _small(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """[SIDE, SIDE, 3]."""
    small = Image.fromarray(np.ascontiguousarray(image)).resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.float64)


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Correlation; 0 where an image is of one colour."""
    first, second = one - one.mean(), other - other.mean()
    scale = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / scale) if scale else 0.0
