"""Disturbed images: noise, blur, fog, compression, dirt on the lens, wrong exposure."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.episode.edit import Edit, Images
from benchmarks.variations._base import Variation
from harness.core.rng import derive_rng

Image = NDArray[np.uint8]
Real = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Sensor(Variation):
    """The quantity is the share of the strongest disturbance; its kind is drawn for each episode."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Disturb both images of every query, seeded by the episode and the step."""
        kind, seed = str(rng.choice(list(KINDS))), int(rng.integers(2**32))
        strength = self.quantities[level]

        def disturb(images: Images, step: int) -> Images:
            return [
                KINDS[kind](image, strength, derive_rng("sensor", seed, step, camera), seed)
                for camera, image in enumerate(images)
            ]

        edit.on_images.append(disturb)
        return kind


def gaussian(image: Image, strength: float, rng: np.random.Generator, seed: int) -> Image:
    """Noise of a deviation of up to 50 of 255."""
    return _image(image + 50 * strength * rng.standard_normal(image.shape))


def motion_blur(image: Image, strength: float, rng: np.random.Generator, seed: int) -> Image:
    """Smeared along the rows by up to an eighth of the width."""
    count = max(2, round(strength * image.shape[1] / 8))
    return _image(np.mean([np.roll(image, shift - count // 2, axis=1) for shift in range(count)], axis=0))


def zoom_blur(image: Image, strength: float, rng: np.random.Generator, seed: int) -> Image:
    """Averaged over magnifications up to 1.3."""
    side = len(image)
    copies = []
    for factor in np.linspace(1, 1 + 0.3 * strength, 6):
        index = np.clip(((np.arange(side) - side / 2) / factor + side / 2).round().astype(int), 0, side - 1)
        copies.append(image[index][:, index])
    return _image(np.mean(copies, axis=0))


def fog(image: Image, strength: float, rng: np.random.Generator, seed: int) -> Image:
    """Clouds of grey that hide up to two thirds; they stay where they are in an episode."""
    coarse = derive_rng("fog", seed).random((4, 4))
    side = -(-len(image) // 4)
    cloud = _soft(coarse.repeat(side, 0).repeat(side, 1)[: len(image), : len(image)], side)
    cover = strength * (0.45 + 0.25 * cloud[..., None])
    return _image(image * (1 - cover) + 200 * cover)


def glass(image: Image, strength: float, rng: np.random.Generator, seed: int) -> Image:
    """Pixels displaced by up to a twentieth of the width, as through frosted glass."""
    reach = max(1, round(strength * len(image) / 20))
    rows, columns = np.mgrid[0 : len(image), 0 : len(image)]
    moved = derive_rng("glass", seed).integers(-reach, reach + 1, (2, *rows.shape))
    high = len(image) - 1
    return image[np.clip(rows + moved[0], 0, high), np.clip(columns + moved[1], 0, high)]


def jpeg(image: Image, strength: float, rng: np.random.Generator, seed: int) -> Image:
    """Compressed to a quality of 30 down to 4 of 100."""
    from PIL import Image as Pictures

    file = io.BytesIO()
    Pictures.fromarray(image).save(file, "JPEG", quality=max(4, round(30 * (1.13 - strength))))
    return np.asarray(Pictures.open(file))


def occlusion(image: Image, strength: float, rng: np.random.Generator, seed: int) -> Image:
    """A dark spot on the lens, up to 0.35 of the width across, that stays where it is."""
    side = len(image)
    row, column = derive_rng("spot", seed).uniform(0.2, 0.8, 2) * side
    rows, columns = np.mgrid[0:side, 0:side]
    hidden = np.hypot(rows - row, columns - column) < 0.175 * strength * side
    return np.where(hidden[..., None], np.uint8(25), image)


def gain(image: Image, strength: float, rng: np.random.Generator, seed: int) -> Image:
    """Over- or underexposed: up to twice as bright, or down to 0.3."""
    brighter = derive_rng("gain", seed).random() < 0.5
    return _image(image * (1 + strength if brighter else 1 - 0.7 * strength))


KINDS: dict[str, Callable[[Image, float, np.random.Generator, int], Image]] = {
    "gaussian noise": gaussian,
    "motion blur": motion_blur,
    "zoom blur": zoom_blur,
    "fog": fog,
    "glass": glass,
    "JPEG": jpeg,
    "occlusion": occlusion,
    "gain": gain,
}


def _image(values: Real) -> Image:
    return np.clip(values, 0, 255).astype(np.uint8)


def _soft(values: Real, reach: int) -> Real:
    """Averaged over a square window of `reach` pixels, the edges repeated."""
    for axis in (0, 1):
        padded = np.pad(
            values, [(reach // 2, reach - reach // 2) if a == axis else (0, 0) for a in (0, 1)], "edge"
        )
        sums = np.cumsum(padded, axis=axis)
        upper, lower = np.split(sums, [reach], axis=axis)[1], np.split(sums, [-reach], axis=axis)[0]
        values = (upper - lower) / reach
    return values


VARIATION = Sensor(
    quantities=(0.0, 0.25, 0.5, 0.75, 1.0),
    unit="share of the strongest",
    changes="pixels",
    groups=("libero-plus",),
)
