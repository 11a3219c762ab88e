"""A tiny policy of another layout than pi0's, for tests: see `baselines.policies.planar`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.policies.planar import spec
from harness.core.specs import PolicyInfo

if TYPE_CHECKING:
    from baselines.policies.planar.policy import PlanarPolicy


@dataclass(frozen=True)
class FakePlanar:
    """Weights are drawn from a fixed seed at every load."""

    name: str = spec.NAME

    def describe(self) -> PolicyInfo:
        """See `harness.core.protocols.PolicySource`."""
        from baselines.policies.planar.network import Network

        return spec.info(Network.parameter_count())

    def load(self, device: str) -> PlanarPolicy:
        """The policy on `device`."""
        from baselines.policies.planar.policy import PlanarPolicy

        return PlanarPolicy.fresh(device)


POLICY = FakePlanar()
