"""What every policy must do, whether it can be adapted or only acts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import Contract, require
from harness.core.protocols import Policy, PolicySource
from harness.core.registry import NAME
from harness.core.rng import derive_rng
from harness.core.specs import Observation, PolicyInfo

ROWS = 3
"""Observations in a batch."""

TOLERANCE = 1e-4
"""Between a row in a batch and the same row alone: sums of float32 in another order."""


@dataclass(frozen=True)
class Acting:
    """A policy, loaded when it is first asked to act."""

    source: PolicySource
    device: str = "cpu"

    @cached_property
    def info(self) -> PolicyInfo:
        """What it says of itself."""
        return self.source.describe()

    @cached_property
    def policy(self) -> Policy:
        """With its weights."""
        return self.source.load(self.device)

    def act(self, rows: slice = slice(None)) -> NDArray[np.float32]:
        """Chunks for some of the same few observations, each with its own generator."""
        numbers = range(ROWS)[rows]
        seen = [observation(self.info, number) for number in numbers]
        return self.policy.act(seen, [derive_rng("contract-noise", number) for number in numbers])


def observation(info: PolicyInfo, number: int) -> Observation:
    """Noise of the declared shapes."""
    rng, side = derive_rng("contract-observation", number), info.image_size
    images = {camera: rng.integers(0, 256, (side, side, 3), np.uint8) for camera in info.needs.cameras}
    state = rng.uniform(-0.5, 0.5, info.needs.state.size).astype(np.float32)
    return Observation(images, state, "pick up the red cube")


def describes_itself(subject: Acting) -> None:
    """It describes itself without loading, under a name that can stand in a file's name"""
    info = subject.info
    require(info.name == subject.source.name, f"described as {info.name!r}, named {subject.source.name!r}")
    require(NAME.fullmatch(info.name) is not None and ".." not in info.name, f"the name is {info.name!r}")
    require(bool(info.sha256), "sha256 is empty: nothing tells its actions from another policy's")
    require(
        0 < info.replan_steps <= info.horizon,
        f"replan_steps is {info.replan_steps}, the horizon {info.horizon}",
    )
    require(info.image_size > 0, f"image_size is {info.image_size}")


def chunks_have_the_declared_shape(subject: Acting) -> None:
    """Chunks are float32 [batch, horizon, action size], finite and in [-1, 1]"""
    found = subject.act()
    expected = (ROWS, subject.info.horizon, subject.info.needs.action.size)
    require(found.shape == expected, f"chunks are {found.shape}, not {expected}")
    require(found.dtype == np.float32, f"chunks are {found.dtype}")
    require(bool(np.isfinite(found).all()), "chunks are not finite")
    require(bool((np.abs(found) <= 1).all()), f"actions reach {np.abs(found).max():.3g}")
    require(subject.policy.horizon == subject.info.horizon, "the loaded policy has another horizon")


def the_generators_decide(subject: Acting) -> None:
    """The same observations and generators give the same actions"""
    require(np.array_equal(subject.act(), subject.act()), "twice the same call, other actions")


def rows_are_independent(subject: Acting) -> None:
    """A row of a batch is what it would be alone"""
    together, alone = subject.act(), subject.act(slice(0, 1))
    apart = float(np.abs(together[0] - alone[0]).max())
    require(apart <= TOLERANCE, f"the first row differs by {apart:.2g} from what it is alone")


CONTRACT = Contract(
    (describes_itself, chunks_have_the_declared_shape, the_generators_decide, rows_are_independent)
)
