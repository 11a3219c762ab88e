"""What the vision tower makes of every frame: where it stays frozen, head selection and training share it."""

from __future__ import annotations

import torch
from torch import Tensor

from baselines.data.frames import Frames
from baselines.policies.pi0.network import image_tokens, precision, training_precision
from baselines.policies.pi0.policy import Pi0Policy

CHUNK = 16
"""Frames that are computed at a time: few, so that they do not set the peak of memory."""


@torch.no_grad()
def embed_images(policy: Pi0Policy, frames: Frames, exact: bool = False) -> Tensor:
    """Image tokens of all frames [frames, cameras x tokens, width], on the CPU.

    They are kept in the precision of matrix products, in which the tower's last layer leaves them; in
    single precision if `exact`.
    """
    dtype = torch.float32 if exact else getattr(torch, precision(policy.device))
    whole: Tensor | None = None
    with training_precision(policy.device, exact):
        for start in range(0, len(frames), CHUNK):
            rows = slice(start, start + CHUNK)
            tokens = image_tokens(policy.model, policy.tensor(frames.images[rows]))
            if whole is None:
                # One allocation, filled in place: many small ones would tear holes into the heap.
                whole = torch.empty((len(frames), *tokens.shape[1:]), dtype=dtype)
            whole[rows] = tokens.to(whole.device)
    assert whole is not None, "there are no frames"
    return whole
