"""Camera images at the size of a policy."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional


def fit(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize [n, height, width, 3] to [n, size, size, 3], keeping the aspect ratio, black padding centred."""
    height, width = images.shape[1:3]
    if (height, width) == (size, size):
        return images
    scale = size / max(height, width)
    inner = (max(1, round(height * scale)), max(1, round(width * scale)))
    planes = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()
    planes = functional.interpolate(planes, inner, mode="bilinear", align_corners=False, antialias=True)
    top, left = (size - inner[0]) // 2, (size - inner[1]) // 2
    out = np.zeros((len(images), size, size, 3), np.uint8)
    resized = planes.round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    out[:, top : top + inner[0], left : left + inner[1]] = resized
    return out
