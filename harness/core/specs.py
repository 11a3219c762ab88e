"""What crosses the seam between a suite and a policy: observations, action chunks, and who needs what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import UserError


@dataclass(frozen=True)
class StateSpace:
    """What the numbers of a proprioceptive state mean; two spaces are the same where their names are."""

    name: str
    size: int


@dataclass(frozen=True)
class ActionSpace:
    """What the numbers of an action in [-1, 1] mean; two spaces are the same where their names are."""

    name: str
    size: int
    rate_hz: float = 20.0
    """Actions a second of simulated time."""


EEF_STATE = StateSpace("eef-pos-axisangle-gripper", 8)
"""End-effector position (3, m), axis-angle of its xyzw quaternion (3, rad), gripper joints (2, m): what
LIBERO's evaluation scripts hand to a policy (openpi examples/libero/main.py)."""

OSC_POSE = ActionSpace("osc-pose-delta-gripper", 7)
"""OSC_POSE deltas (3 position, 3 rotation) and gripper (-1 opens, +1 closes), each in [-1, 1], 20 Hz."""


@dataclass(frozen=True)
class Interface:
    """What a suite gives or a policy needs."""

    cameras: tuple[str, ...] = ("agentview", "wrist")
    """Names of images, upright (LIBERO's 180 degree turn is applied, once)."""
    state: StateSpace = EEF_STATE
    action: ActionSpace = OSC_POSE

    def check(self, needs: Interface, suite: str, policy: str) -> None:
        """Raise UserError where `policy`, which needs `needs`, cannot act in `suite`, which gives `self`."""
        missing = [camera for camera in needs.cameras if camera not in self.cameras]
        if missing:
            raise UserError(
                f"policy {policy!r} needs camera {missing[0]!r}; {suite} gives {', '.join(self.cameras)}; "
                "choose another --suite or --policy"
            )
        for what, given, wanted in (
            ("a state", self.state, needs.state),
            ("actions", self.action, needs.action),
        ):
            if given.name != wanted.name or given.size != wanted.size:
                raise UserError(
                    f"policy {policy!r} has {what} of {wanted.name} [{wanted.size}], {suite} of "
                    f"{given.name} [{given.size}]; choose another --suite or --policy"
                )


@dataclass(frozen=True)
class Observation:
    """What a policy sees."""

    images: Mapping[str, NDArray[np.uint8]]
    """By camera, each [height, width, 3]."""
    state: NDArray[np.float32]
    """[state size], see `StateSpace`."""
    instruction: str


@dataclass(frozen=True)
class StreamInfo:
    """One stack of attention layers of a policy; grids of several streams may differ."""

    name: str
    layers: int
    heads: int
    """Query heads a layer: what head selection chooses from."""
    kv_heads: int
    head_size: int
    """Numbers in the attention output of one head."""


@dataclass(frozen=True)
class PolicyInfo:
    """What the engine knows of a policy before any weights are loaded."""

    name: str
    horizon: int
    """Actions in a chunk."""
    replan_steps: int
    """Actions of a chunk that are executed by default before the next query."""
    image_size: int
    """Side of the square images that it wants, pixels."""
    sha256: str
    """Of the weights, or another digest of what decides the actions."""
    needs: Interface = field(default_factory=Interface)
    render: str = "fast"
    """Render profile that it was trained on: exact or fast."""
    total_params: int = 0
    streams: tuple[StreamInfo, ...] = ()
    """Empty for a policy that only acts: no method but `frozen` fits it."""
    pretrained_suite: str = ""
    """Suite on whose tasks it was pretrained, where that is known."""
    pretrained_tasks: tuple[int, ...] = ()
