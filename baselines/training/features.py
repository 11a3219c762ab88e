"""What a policy makes of every frame's images: where that part is frozen, selection and training share it."""

from __future__ import annotations

import torch
from torch import Tensor

from baselines.adaptable.device import precision, training_precision
from baselines.adaptable.policy import AdaptablePolicy
from baselines.data.frames import Frames

CHUNK = 16
"""Frames that are computed at a time: few, so that they do not set the peak of memory."""


@torch.no_grad()
def embed_images(policy: AdaptablePolicy, frames: Frames, exact: bool = False) -> Tensor:
    """`policy.embed_images` of all frames, on the CPU.

    They are kept in the precision of matrix products, in which a network's last layer leaves them; in
    single precision if `exact`.
    """
    dtype = torch.float32 if exact else getattr(torch, precision(policy.device))
    whole: Tensor | None = None
    with training_precision(policy.device, exact):
        for start in range(0, len(frames), CHUNK):
            rows = slice(start, start + CHUNK)
            part = policy.embed_images(policy.tensor(frames.images[rows]))
            if whole is None:
                # One allocation, filled in place: many small ones would tear holes into the heap.
                kept = dtype if part.is_floating_point() else part.dtype
                whole = torch.empty((len(frames), *part.shape[1:]), dtype=kept)
            whole[rows] = part.to(whole.device)
    assert whole is not None, "there are no frames"
    return whole
