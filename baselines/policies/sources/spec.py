"""From a specification to a policy."""

from __future__ import annotations

import re
from pathlib import Path

from harness.core import registry
from harness.core.errors import UserError
from harness.core.protocols import Policy, PolicySource
from harness.core.specs import PolicyInfo

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def load_policy(spec: str, device: str = "auto") -> Policy:
    """The policy named by `spec`, ready to act; on a GPU where there is one and `device` is auto.

    Raises UserError for an unknown name, a directory that lacks files, a checkpoint whose shapes do not
    fit its configuration, and a hub that cannot be reached.
    """
    return source(spec).load(device)


def describe(spec: str) -> PolicyInfo:
    """What the engine needs to know, without loading weights. Raises UserError as `load_policy`."""
    return source(spec).describe()


def source(spec: str) -> PolicySource:
    """What describes and loads the policy `spec`."""
    found: PolicySource
    if registry.knows("policy", spec) or registry.is_reference("policy", spec):
        found = registry.find("policy", spec)
    elif Path(spec).is_dir() or _HUB_ID.fullmatch(spec):
        from baselines.policies.sources import hub

        found = registry.find("checkpoint", hub.kind(spec)).source(spec)
    else:
        known = ", ".join(registry.names("policy"))
        raise UserError(
            f"unknown policy {spec!r}; known: {known}, package.module:object, a checkpoint directory, "
            "or a hub id such as owner/name"
        )
    return found
