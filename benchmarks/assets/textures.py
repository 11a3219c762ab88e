"""Small images drawn by rule: labels, wood, tiles, plaster. PNG files are the same bytes everywhere."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.assets import font
from harness.core.rng import derive_rng

Color = tuple[int, int, int]


class Canvas:
    """A square RGB image; drawing calls return the canvas, coordinates are pixels from the upper left."""

    def __init__(self, size: int, color: Color) -> None:
        self.pixels: NDArray[np.uint8] = np.full((size, size, 3), color, np.uint8)
        self.y, self.x = np.mgrid[0:size, 0:size]

    def rectangle(self, left: int, top: int, right: int, bottom: int, color: Color) -> Canvas:
        """Fill a rectangle; right and bottom are outside."""
        self.pixels[top:bottom, left:right] = color
        return self

    def oval(self, x: float, y: float, across: float, down: float, color: Color) -> Canvas:
        """Fill an ellipse with half axes `across` and `down`."""
        inside = ((self.x - x) / across) ** 2 + ((self.y - y) / down) ** 2 <= 1
        self.pixels[inside] = color
        return self

    def text(self, words: str, x: int, y: int, color: Color, scale: int = 1) -> Canvas:
        """Write capital letters centred on (x, y)."""
        letters = font.mask(words, scale)
        top, left = y - letters.shape[0] // 2, x - letters.shape[1] // 2
        self.pixels[top : top + letters.shape[0], left : left + letters.shape[1]][letters] = color
        return self

    def grain(self, amount: int, *seed: object) -> Canvas:
        """Add whole-number noise in [-amount, amount], the same to all three channels."""
        size = len(self.pixels)
        noise = derive_rng("texture", *seed).integers(-amount, amount + 1, (size, size, 1))
        self.pixels = np.clip(self.pixels.astype(int) + noise, 0, 255).astype(np.uint8)
        return self

    def turned(self, quarters: int) -> Canvas:
        """A copy, turned anticlockwise by quarters of a circle."""
        copy = Canvas(len(self.pixels), (0, 0, 0))
        copy.pixels = np.rot90(self.pixels, quarters).copy()
        return copy

    def save(self, path: Path) -> None:
        """Write a PNG."""
        write_png(path, self.pixels)


class Strip:
    """Six square faces side by side: +x, -x, +y, -y, +z, -z (see ObjectFile.material)."""

    def __init__(self, faces: Sequence[Canvas]) -> None:
        self.pixels = np.concatenate([face.pixels for face in faces], axis=1)

    def dimmed(self, percent: int) -> Strip:
        """The same strip, darker: printed card is not as bright as its ink on paper."""
        self.pixels = (self.pixels.astype(int) * percent // 100).astype(np.uint8)
        return self

    def save(self, path: Path) -> None:
        """Write a PNG."""
        write_png(path, self.pixels)


def cube_faces(faces: Sequence[Canvas]) -> Strip:
    """Join the faces of a cube texture."""
    return Strip(faces)


def wood(seed: str, color: Color, planks: int, size: int = 64) -> Strip:
    """Planks on all six faces; the grain runs upright on the faces around z."""
    flat = boards(seed, color, planks, size)
    upright = flat.turned(1)
    return Strip([flat, flat, upright, upright, flat, flat])


def boards(seed: str, color: Color, planks: int, size: int, joint: Color | None = None) -> Canvas:
    """Boards along the image's rows, each a shade of its own with fine streaks, and joints between.

    Without a colour for the joints they are darker than the boards. Ends of boards are staggered.
    """
    rng = derive_rng("texture", seed)
    canvas = Canvas(size, color)
    shade = np.repeat(rng.integers(-6, 7, planks), -(-size // planks))[:size] * (planks > 1)
    fine = rng.integers(-4, 5, (size, size // 16)).repeat(16, axis=1)
    drift = np.cumsum(rng.integers(-2, 3, size)).clip(-6, 6)
    image = canvas.pixels.astype(int) + (shade[:, None] + fine + drift[:, None])[..., None]
    canvas.pixels = np.clip(image, 0, 255).astype(np.uint8)
    line = joint or (color[0] * 5 // 8, color[1] * 5 // 8, color[2] * 5 // 8)
    step = size // planks
    for plank in range(planks if planks > 1 else 0):
        top, end = plank * step, (plank * size) // planks
        canvas.rectangle(0, top, size, top + 1, line)
        if joint:
            canvas.rectangle(end, top, end + 1, top + step, line)
    return canvas


def woven(seed: str) -> Strip:
    """Wicker: alternating light and dark strands, on all six faces."""
    canvas = Canvas(32, (188, 146, 94))
    over = (canvas.x // 4 + canvas.y // 4) % 2 == 0
    canvas.pixels[over] = (164, 122, 74)
    canvas.pixels[(canvas.y % 4 == 3) | (canvas.x % 4 == 3)] = (132, 96, 56)
    return Strip([canvas.grain(8, seed)] * 6)


def tiles(seed: str, color: Color, count: int, grout: Color, size: int = 64) -> Canvas:
    """A grid of tiles, each a shade of its own, with lines between."""
    canvas = Canvas(size, color)
    shade = derive_rng("texture", seed).integers(-8, 9, (count, count))
    step = size // count
    shades = np.kron(shade, np.ones((step, step), int))
    canvas.pixels = np.clip(canvas.pixels.astype(int) + shades[..., None], 0, 255).astype(np.uint8)
    canvas.pixels[(canvas.x % step == 0) | (canvas.y % step == 0)] = grout
    return canvas.grain(4, seed, "grain")


def write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write RGB pixels [height, width, 3], stored without compression.

    Deflate's output differs between builds of zlib; stored blocks do not, so a pack's hash is the same
    on every machine.
    """
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", _stored(rows)) + _chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _stored(data: bytes) -> bytes:
    """A zlib stream of stored blocks (RFC 1951, section 3.2.4)."""
    blocks = [data[at : at + 65535] for at in range(0, len(data), 65535)]
    parts = [
        struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks
    ]
    return b"\x78\x01" + b"".join(parts) + struct.pack(">I", zlib.adler32(data))
