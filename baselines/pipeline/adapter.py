"""Adapters of a policy: what was trained, saved to a file and merged into the policy's weights again."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import nn

from baselines.adaptable.normalisation import Normalisation
from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.trainable import Trainable
from baselines.pipeline import adapter_file
from baselines.training.attach import attach, merge, saved
from harness.core.errors import DamagedFileError


def save(path: Path, policy: AdaptablePolicy, trainable: Trainable, about: Mapping[str, str]) -> str:
    """Write the trained parameters to `path` and the .json beside it; returns the SHA-256 of the file.

    `about` holds policy, policy_sha256, method and adapt_id, which the file's own metadata repeats.
    """
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in saved(policy.model).items()}
    # One entry: safetensors writes several in an order that changes from process to process.
    content = safetensors.torch.save(tensors, {"adapter": json.dumps(dict(about), sort_keys=True)})
    details = adapter_file.Details(
        **about,
        sha256=adapter_file.digest(content),
        normalisation=policy.normalisation.to_json(),
        trainable=trainable.to_json(),
    )
    adapter_file.write(path, content, details)
    return details.sha256


def adapted(base: AdaptablePolicy, path: Path, policy_sha256: str) -> AdaptablePolicy:
    """A copy of `base` with the adapter merged into its weights.

    Raises DamagedFileError where it is that of another policy than the one of that hash, or not what was
    written.
    """
    details, content = adapter_file.read(path, policy_sha256)
    policy = copied(base)
    try:
        trainable = Trainable.from_json(details.trainable)
        attach(policy, trainable, seed=0)
        _fill(policy.model, safetensors.torch.load(content), policy.device)
        merge(policy, trainable)
        policy.normalisation = Normalisation.from_json(details.normalisation)
    except (ValueError, TypeError, KeyError, AttributeError, safetensors.SafetensorError) as error:
        why = " ".join(str(error).split())
        raise DamagedFileError(f"adapter {str(path)!r} does not fit policy {base.name!r} ({why})") from None
    policy.model.eval()
    return policy


def copied(base: AdaptablePolicy) -> AdaptablePolicy:
    """The policy with weights of its own."""
    policy = copy.copy(base)
    policy.model = copy.deepcopy(base.model)
    return policy


def _fill(model: nn.Module, tensors: Mapping[str, torch.Tensor], device: torch.device) -> None:
    """Raises ValueError for the first tensor that is missing, too many or of another shape."""
    own = saved(model)
    for name in sorted(own.keys() ^ tensors.keys()):
        raise ValueError(f"tensor {name!r} is only in one of them")
    with torch.no_grad():
        for name, value in own.items():
            if value.shape != tensors[name].shape:
                raise ValueError(
                    f"tensor {name!r} has shape {tuple(tensors[name].shape)}, not {tuple(value.shape)}"
                )
            value.copy_(tensors[name].to(device))
