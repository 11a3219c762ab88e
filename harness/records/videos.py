"""Films of episodes and demonstrations: all cameras side by side, H.264 in an mp4."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core.files import whole_file
from harness.core.specs import Observation

HEIGHT = 240
"""Pixels, about: small images are enlarged by a whole factor."""


def write(path: Path, frames: Sequence[Observation], *, fps: float) -> None:
    """Film all cameras of `frames`, of which there are `fps` in a second of simulated time."""
    write_shots(path, [tuple(frame.images.values()) for frame in frames], fps)


def write_shots(path: Path, shots: Sequence[tuple[NDArray[np.uint8], ...]], fps: float) -> None:
    """Film the images [height, width, 3] of several cameras side by side; the file is whole or not there."""
    import imageio.v2 as imageio

    if not shots:
        return
    with whole_file(path) as partial:
        writer: Any = imageio.get_writer(
            partial, format="FFMPEG", fps=fps, codec="libx264", macro_block_size=2
        )
        with writer as film:
            for images in shots:
                film.append_data(enlarged(np.concatenate(images, axis=1)))


def enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`image` repeated by a whole factor to at least about HEIGHT, sides cut to even numbers of pixels."""
    factor = max(1, round(HEIGHT / image.shape[0]))
    large = image.repeat(factor, axis=0).repeat(factor, axis=1)
    return large[: large.shape[0] // 2 * 2, : large.shape[1] // 2 * 2]
