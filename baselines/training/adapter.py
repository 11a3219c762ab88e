"""Adapter files: trained tensors as safetensors, plan and provenance as JSON beside them."""

from __future__ import annotations

import copy
import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from baselines.loading import describe, load_policy
from baselines.policies.pi0.policy import Pi0Policy
from baselines.policies.pi0.stats import Stats
from baselines.training.trainable import Plan, attach, merge, trained
from harness.core.errors import UserError


def save(path: Path, model: Any, plan: Plan, stats: Stats, about: Mapping[str, str]) -> None:
    """Write the trained parameters to `path` and the .json beside it.

    `about` holds policy, policy_sha256, method and adapt_id, which the file's own metadata repeats.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    details = {**about, "stats": stats.to_json(), "plan": plan.to_json()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in trained(model).items()}
    # The details go first: an adapter file without them cannot be read, the other way round is harmless.
    _replace(path.with_suffix(".json"), lambda part: part.write_text(json.dumps(details, indent=1) + "\n"))
    _replace(path, lambda part: save_file(tensors, part, dict(about)))


def restore(policy_spec: str, adapter_path: Path | None) -> Pi0Policy:
    """A fresh policy, with the adapter merged into its weights where there is one.

    The base policy is read once per process and copied. Raises UserError where the adapter belongs to
    another policy or is damaged.
    """
    base = _base(policy_spec)
    policy = copy.copy(base)
    policy.model = copy.deepcopy(base.model)
    if adapter_path is None:
        return policy
    details = _details(adapter_path)
    found = describe(policy_spec).sha256
    if details["policy_sha256"] != found:
        raise UserError(
            f"adapter {str(adapter_path)!r} was trained on policy {details['policy']!r} "
            f"({details['policy_sha256'][:12]}), not on {policy_spec!r} ({found[:12]}); adapt again"
        )
    attach(policy.model, Plan.from_json(details["plan"]), seed=0)
    _fill(policy.model, load_file(adapter_path, device=str(policy.device)), adapter_path)
    merge(policy.model)
    policy.stats = Stats.from_json(details["stats"])
    policy.model.eval()
    return policy


@functools.lru_cache(maxsize=2)
def _base(policy_spec: str) -> Pi0Policy:
    return load_policy(policy_spec)


def _details(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.with_suffix(".json").read_text())
    except (OSError, ValueError) as error:
        text = f"adapter {str(path)!r} has no readable .json beside it ({error}); adapt again"
        raise UserError(text) from error


def _fill(model: Any, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    own = trained(model)
    for name in sorted(own.keys() ^ tensors.keys()):
        raise UserError(f"adapter {str(path)!r} does not match its plan at tensor {name!r}; adapt again")
    with torch.no_grad():
        for name, value in own.items():
            if value.shape != tensors[name].shape:
                raise UserError(
                    f"adapter {str(path)!r}: tensor {name!r} has shape {tuple(tensors[name].shape)}, "
                    f"the policy asks for {tuple(value.shape)}; adapt again"
                )
            value.copy_(tensors[name])


def _replace(path: Path, write: Any) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    write(partial)
    partial.chmod(0o644)
    partial.replace(path)
