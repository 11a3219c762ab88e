"""Adapter files: trained tensors as safetensors, what is trained and provenance as JSON beside them."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from baselines.adaptable.normalisation import Normalisation
from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.trainable import Trainable
from baselines.training.attach import attach, merge, trained
from harness.core.errors import UserError
from harness.core.files import whole_file, write_whole


def save(path: Path, policy: AdaptablePolicy, trainable: Trainable, about: Mapping[str, str]) -> None:
    """Write the trained parameters to `path` and the .json beside it.

    `about` holds policy, policy_sha256, method and adapt_id, which the file's own metadata repeats.
    """
    details = {**about, "normalisation": policy.normalisation.to_json(), "trainable": trainable.to_json()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in trained(policy.model).items()}
    # The details go first: an adapter file without them cannot be read, the other way round is harmless.
    write_whole(path.with_suffix(".json"), json.dumps(details, indent=1) + "\n")
    with whole_file(path) as partial:
        save_file(tensors, partial, dict(about))
        partial.chmod(0o644)


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
    policy, trainable = copied(base), Trainable.from_json(details["trainable"])
    attach(policy, trainable, seed=0)
    _fill(policy.model, load_file(path, device=str(policy.device)), path)
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
        details: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
        return details
    except (OSError, ValueError) as error:
        text = f"adapter {str(path)!r} has no readable .json beside it ({error}); adapt again"
        raise UserError(text) from error


def _fill(model: nn.Module, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    own = trained(model)
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
