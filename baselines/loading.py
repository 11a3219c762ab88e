"""Policies by specification: a built-in name, a directory, or a hub id such as `lerobot/pi0_base`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baselines import lookup
from harness.core.errors import UserError
from harness.core.specs import PolicyInfo

if TYPE_CHECKING:
    import torch

    from baselines.policies.pi0.policy import Pi0Policy

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def load_policy(spec: str, device: str = "auto") -> Pi0Policy:
    """The policy named by `spec`, ready to act; on a GPU where there is one and `device` is auto.

    Raises UserError for an unknown name, a directory that lacks files, a checkpoint whose shapes do not
    fit its configuration, and a hub that cannot be reached.
    """
    return _source(spec).load(pick_device(device))


def describe(spec: str) -> PolicyInfo:
    """What the engine needs to know, without loading weights. Raises UserError as `load_policy`."""
    info: PolicyInfo = _source(spec).describe()
    return info


def pick_device(device: str = "auto") -> torch.device:
    """`auto` is the GPU where there is one."""
    import torch

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(device)


def _source(spec: str) -> Any:
    known = lookup.names("policy")
    if spec in known:
        return lookup.find("policy", spec)
    from baselines.policies.pi0 import hub

    if Path(spec).is_dir():
        return hub.directory(Path(spec))
    if _HUB_ID.fullmatch(spec):
        return hub.Published(spec)
    raise UserError(
        f"unknown policy {spec!r}; known: {', '.join(known)}, a checkpoint directory, or a hub id "
        "such as lerobot/pi0_base"
    )
