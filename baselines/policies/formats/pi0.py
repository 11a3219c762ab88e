"""Checkpoints of pi0: directories of this project, and transformers' own."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.protocols import PolicySource


@dataclass(frozen=True)
class Pi0Format:
    """Imports torch only when a checkpoint is read."""

    name: str = "pi0"

    def source(self, spec: str) -> PolicySource:
        """The reader of a directory or hub id."""
        from baselines.policies.pi0 import hub

        return hub.source(spec)


FORMAT = Pi0Format()
