"""Adapter files: trained tensors as safetensors, what is trained and provenance as JSON beside them."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import nn

from baselines.adaptable.normalisation import Normalisation
from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.trainable import Trainable
from baselines.training.attach import attach, merge, saved
from harness.core.errors import UserError
from harness.core.files import write_whole
from harness.core.record_lines import parsed

DETAILS = ("adapt_id", "policy", "policy_sha256", "sha256", "normalisation", "trainable")
"""What the .json beside an adapter says of it."""


def save(path: Path, policy: AdaptablePolicy, trainable: Trainable, about: Mapping[str, str]) -> None:
    """Write the trained parameters to `path` and the .json beside it.

    `about` holds policy, policy_sha256, method and adapt_id, which the file's own metadata repeats.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in saved(policy.model).items()}
    content = safetensors.torch.save(tensors, dict(about))
    details = {
        **about,
        "sha256": hashlib.sha256(content).hexdigest(),
        "normalisation": policy.normalisation.to_json(),
        "trainable": trainable.to_json(),
    }
    # The details go first: an adapter file without them cannot be read, the other way round is harmless.
    write_whole(path.with_suffix(".json"), json.dumps(details, indent=1) + "\n")
    write_whole(path, content)


def adapted(base: AdaptablePolicy, path: Path, policy_sha256: str) -> AdaptablePolicy:
    """A copy of `base` with the adapter merged into its weights.

    Raises UserError where the adapter belongs to another policy than the one of that hash or is damaged.
    """
    details = _details(path)
    if details["policy_sha256"] != policy_sha256:
        raise UserError(
            f"adapter {str(path)!r} was trained on policy {details['policy']!r} "
            f"({details['policy_sha256'][:12]}), not on {base.name!r} ({policy_sha256[:12]}); adapt again"
        )
    if details["adapt_id"] != path.stem:
        raise UserError(f"adapter {str(path)!r} is that of {details['adapt_id']!r}; adapt again")
    policy, trainable = copied(base), Trainable.from_json(details["trainable"])
    attach(policy, trainable, seed=0)
    _fill(policy.model, _tensors(path, details["sha256"], policy.device), path)
    merge(policy, trainable)
    policy.normalisation = Normalisation.from_json(details["normalisation"])
    policy.model.eval()
    return policy


def copied(base: AdaptablePolicy) -> AdaptablePolicy:
    """The policy with weights of its own."""
    policy = copy.copy(base)
    policy.model = copy.deepcopy(base.model)
    return policy


def _details(path: Path) -> dict[str, Any]:
    try:
        details = parsed(path.with_suffix(".json").read_bytes())
        if not isinstance(details, dict) or not set(DETAILS) <= set(details):
            raise ValueError("something is missing")
        return details
    except (OSError, ValueError) as error:
        text = f"adapter {str(path)!r} has no readable .json beside it ({error}); adapt again"
        raise UserError(text) from error


def _tensors(path: Path, sha256: str, device: torch.device) -> dict[str, torch.Tensor]:
    """What is in the file. Raises UserError where it is not what was written with its details."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"adapter {str(path)!r} cannot be read ({error.strerror}); adapt again") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError(f"adapter {str(path)!r} is damaged or another one than was written; adapt again")
    return {name: value.to(device) for name, value in safetensors.torch.load(content).items()}


def _fill(model: nn.Module, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    own = saved(model)
    for name in sorted(own.keys() ^ tensors.keys()):
        raise UserError(f"adapter {str(path)!r} does not match its details at tensor {name!r}; adapt again")
    with torch.no_grad():
        for name, value in own.items():
            if value.shape != tensors[name].shape:
                raise UserError(
                    f"adapter {str(path)!r}: tensor {name!r} has shape {tuple(tensors[name].shape)}, "
                    f"the policy asks for {tuple(value.shape)}; adapt again"
                )
            value.copy_(tensors[name])
