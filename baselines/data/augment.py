"""Random changes of training images as openpi makes them.

Source: `preprocess_observation(train=True)` in openpi's `models/model.py`, which calls augmax (versions 0.3.4
and 0.4.1 are alike). As augmax computes it, not as its arguments read: colours change in half of the images,
the hue turns by up to a tenth of the circle, which openpi gets by default without asking, and saturation
stays as it is (augmax draws up to 0.5 of it and drops the result).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from baselines.data.frames import Frames
from harness.core.rng import derive_rng

CROP = 0.95
"""Side of the crop, of the image's."""
ANGLE = 5.0
"""Degrees of rotation either way."""
BRIGHTNESS, CONTRAST, HUE = 0.3, 0.4, 0.1
"""Amounts either way; hue in turns of the colour circle."""
COLOURED = 0.5
"""Share of the images whose colours change."""
COPIES = 4
"""Augmented copies of each frame in an adaptation: with a frozen vision tower each is embedded once. At pi0's
size a copy of 1,000 frames takes 2 GB of host memory."""

_CHUNK = 64  # images
_WRIST = ("wrist", "eye_in_hand")


@dataclass(frozen=True)
class Change:
    """What happens to each of some images, [images] each but for `shift`."""

    shift: Tensor  # [images, 2], of the crop's centre from the image's, pixels down and right
    angle: Tensor  # radians
    moved: Tensor  # bool: cropped, resized and rotated
    brightness: Tensor
    contrast: Tensor
    hue: Tensor  # turns
    coloured: Tensor  # bool


def is_wrist(camera: str) -> bool:
    """Whether a camera moves with the hand: its images keep their geometry."""
    return any(word in camera for word in _WRIST)


def augment(images: NDArray[np.uint8], cameras: Sequence[str], rng: np.random.Generator) -> NDArray[np.uint8]:
    """`images` [frames, cameras, size, size, 3] with a change drawn for each; results are rounded."""
    flat = images.reshape(-1, *images.shape[2:])
    moved = np.tile([not is_wrist(camera) for camera in cameras], len(images))
    drawn, found = draw(moved, images.shape[2], rng), np.empty_like(flat)
    for start in range(0, len(flat), _CHUNK):
        rows = slice(start, start + _CHUNK)
        change = Change(**{name: values[rows] for name, values in vars(drawn).items()})
        pixels = torch.from_numpy(flat[rows]).float() / 255
        found[rows] = changed(pixels, change).mul_(255).round_().clamp_(0, 255).byte().numpy()
    return found.reshape(images.shape)


def augmented(frames: Frames, cameras: Sequence[str], seed: int, copies: int = COPIES) -> Frames:
    """`copies` augmented copies of all frames, one after the other, in place of the frames themselves."""
    rngs = [derive_rng("augment", seed, copy) for copy in range(copies)]
    images = [augment(frames.images, cameras, rng) for rng in rngs]
    rows = np.tile(np.arange(len(frames)), copies)
    return replace(
        frames,
        images=np.concatenate(images),
        state=frames.state[rows],
        chunks=frames.chunks[rows],
        weights=frames.weights[rows],
        episode=frames.episode[rows],
        step=frames.step[rows],
        instruction=frames.instruction[rows],
    )


def draw(moved: NDArray[np.bool_], size: int, rng: np.random.Generator) -> Change:
    """Changes of as many images of that side (pixels) as `moved` has entries."""
    count, reach = len(moved), (size - int(size * CROP)) / 2

    def uniform(most: float, *shape: int) -> Tensor:
        return torch.from_numpy(rng.uniform(-most, most, (count, *shape)).astype(np.float32))

    return Change(
        shift=uniform(reach, 2),
        angle=uniform(np.deg2rad(ANGLE)),
        moved=torch.from_numpy(moved),
        brightness=uniform(BRIGHTNESS),
        contrast=uniform(CONTRAST),
        hue=uniform(HUE),
        coloured=torch.from_numpy(rng.random(count) < COLOURED),
    )


def changed(pixels: Tensor, change: Change) -> Tensor:
    """`pixels` [images, size, size, 3] in [0, 1] after `change`, black where there was no image."""
    out = pixels.clone()
    moved, coloured = change.moved, change.coloured
    if bool(moved.any()):
        out[moved] = _moved(pixels[moved], change.shift[moved], change.angle[moved])
    if bool(coloured.any()):
        amounts = (values[coloured] for values in (change.brightness, change.contrast, change.hue))
        out[coloured] = _coloured(out[coloured], *amounts)
    return out


def _moved(pixels: Tensor, shift: Tensor, angle: Tensor) -> Tensor:
    """Crop, resize to what it was, rotate: sampled once, linearly, as augmax fuses them."""
    size = pixels.shape[1]
    scale = int(size * CROP) / size
    steps = torch.arange(size) - (size / 2 - 0.5)
    down, right = torch.meshgrid(steps, steps, indexing="ij")
    cos, sin = (function(angle)[:, None, None] for function in (torch.cos, torch.sin))
    rows = scale * (cos * down + sin * right) + shift[:, 0, None, None]
    columns = scale * (cos * right - sin * down) + shift[:, 1, None, None]
    # grid_sample has the corners of the image at -1 and 1.
    grid = torch.stack([columns, rows], -1) / ((size - 1) / 2)
    found = functional.grid_sample(
        pixels.permute(0, 3, 1, 2), grid, mode="bilinear", padding_mode="zeros", align_corners=True
    )
    return found.permute(0, 2, 3, 1)


def _coloured(pixels: Tensor, brightness: Tensor, contrast: Tensor, hue: Tensor) -> Tensor:
    """Brightness and contrast of the value, and hue, in HSV."""
    value, which = pixels.max(-1)
    spread = value - pixels.min(-1).values
    second, third = ((which + ahead) % 3 for ahead in (1, 2))
    apart = (_channel(pixels, second) - _channel(pixels, third)) / spread.clamp(min=1e-12)
    # A grey pixel has no hue to turn.
    turned = torch.where(spread > 0, (2 * which + apart) / 6, 0) + hue[:, None, None]
    saturation = torch.where(value > 0, spread / value.clamp(min=1e-12), 0)
    value = _contrasted(_brightened(value, brightness[:, None, None]), contrast[:, None, None])
    sector = (torch.tensor([5.0, 3.0, 1.0]) + 6 * turned[..., None]) % 6
    ramp = torch.minimum(sector, 4 - sector).clamp(0, 1)
    return value[..., None] * (1 - saturation[..., None] * ramp)


def _channel(pixels: Tensor, which: Tensor) -> Tensor:
    return pixels.gather(-1, which[..., None])[..., 0]


def _brightened(value: Tensor, amount: Tensor) -> Tensor:
    """Towards 0 or 1 by that share of the way."""
    return value * (1 - amount.abs()) + amount.clamp(min=0)


def _contrasted(value: Tensor, amount: Tensor) -> Tensor:
    """Slope tan((amount + 1) pi / 4) in the middle, its inverse at both ends, which stay where they are."""
    slope = torch.tan((amount + 1) * (torch.pi / 4))
    knee = (slope - slope**2) / (2 * (1 - slope**2))
    middle = slope * (value - 0.5) + 0.5
    return torch.where(
        value < knee, value / slope, torch.where(value > 1 - knee, 1 - (1 - value) / slope, middle)
    )
