"""A policy whose checkpoint ships with the project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baselines.policies.pi0 import manifest
from harness.core.specs import PolicyInfo

if TYPE_CHECKING:
    from baselines.policies.pi0.policy import Pi0Policy

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"


@dataclass(frozen=True)
class Builtin:
    """Loads `baselines/checkpoints/<name>`; torch is imported only then."""

    name: str

    def describe(self) -> PolicyInfo:
        """See `baselines.loading.describe`."""
        return replace(manifest.describe(CHECKPOINTS / self.name), name=self.name)

    def load(self, device: Any) -> Pi0Policy:
        """The policy on `device`."""
        from baselines.policies.pi0 import checkpoint

        return checkpoint.load(CHECKPOINTS / self.name, device)
