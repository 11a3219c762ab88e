"""A policy whose checkpoint ships with the project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from baselines.policies.pi0 import manifest
from harness.core.specs import PolicyInfo

if TYPE_CHECKING:
    from baselines.policies.pi0.policy import Pi0Policy

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"


@dataclass(frozen=True)
class Builtin:
    """Loads `baselines/checkpoints/<name>`; torch is imported only then."""

    name: str

    def describe(self) -> PolicyInfo:
        """See `harness.core.protocols.PolicySource`."""
        return replace(manifest.describe(CHECKPOINTS / self.name), name=self.name)

    def load(self, device: str) -> Pi0Policy:
        """The policy on `device`."""
        from baselines.policies.pi0 import checkpoint

        return checkpoint.load(CHECKPOINTS / self.name, device)
