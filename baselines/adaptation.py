"""What the engine calls: describe, load, adapt and restore a policy. Imports torch only where it computes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baselines.loading import describe, load_policy
from harness.core.demonstration import Demonstration
from harness.core.meter import Meter

if TYPE_CHECKING:
    from baselines.policies.pi0.policy import Pi0Policy

__all__ = ["adapt", "describe", "load_policy", "restore"]


def adapt(policy_spec: str, method: str, demos: Sequence[Demonstration], **settings: Any) -> dict[str, Any]:
    """See `baselines.training.adapt_policy.adapt`.

    Importing what it needs takes seconds and is charged to the meter.
    """
    meter = settings.pop("meter", None) or Meter()
    with meter.phase("load"):
        from baselines.training import adapt_policy
    return adapt_policy.adapt(policy_spec, method, demos, meter=meter, **settings)


def restore(policy_spec: str, adapter_path: Path | None) -> Pi0Policy:
    """See `baselines.training.adapter.restore`."""
    from baselines.training import adapter

    return adapter.restore(policy_spec, adapter_path)
