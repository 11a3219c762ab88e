"""Videos of one camera, written and read by the encoder that films episodes (ffmpeg of imageio-ffmpeg)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from harness.core.dataset import damaged
from harness.core.files import whole_file

CODEC, PIXELS = "h264", "yuv420p"
KEYFRAMES = 2
"""A keyframe every so many frames, as LeRobot encodes (lerobot datasets/video_utils.py: g=2): training reads
single frames."""
QUALITY = 18
"""Constant rate factor; lower is better. Colours are kept at half resolution whatever it is."""


Add = Callable[[NDArray[np.uint8]], None]
Film = contextlib.AbstractContextManager[Add]


@contextlib.contextmanager
def writing(path: Path, size: tuple[int, int], rate_hz: float) -> Iterator[Add]:
    """What encodes one image [height, width, 3] after the other; the file is whole at the end or not there.

    `size` is (height, width), both even.
    """
    height, width = size
    with whole_file(path) as partial:
        encoder = imageio_ffmpeg.write_frames(
            str(partial),  # its name ends as that of `path`, which chooses the container
            (width, height),
            fps=rate_hz,
            codec="libx264",
            pix_fmt_out=PIXELS,
            quality=None,
            macro_block_size=2,
            output_params=["-crf", str(QUALITY), "-g", str(KEYFRAMES), "-threads", "1"],
        )
        encoder.send(None)
        try:
            yield lambda image: encoder.send(np.ascontiguousarray(image).tobytes())
        finally:
            encoder.close()


def read(path: Path, first: int, count: int, rate_hz: float) -> NDArray[np.uint8]:
    """`count` frames from `first` on [count, height, width, 3]. Raises UserError where they are missing."""
    seek = ["-ss", f"{(first - 0.5) / rate_hz:.6f}"] if first else []
    frames: list[NDArray[np.uint8]] = []
    try:
        reader = imageio_ffmpeg.read_frames(
            str(path), input_params=seek, output_params=["-fps_mode", "passthrough", "-frames:v", str(count)]
        )
        width, height = next(reader)["size"]
        frames += (np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in reader)
    except (OSError, RuntimeError, ValueError, StopIteration) as error:
        raise damaged(path, str(error) or "no video") from None
    if len(frames) != count:
        raise damaged(path, f"{len(frames)} frames from {first} on, {count} are needed")
    return np.stack(frames)
