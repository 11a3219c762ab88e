"""Mean and deviation of state and actions: the network sees z-scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.core.specs import EEF_STATE, OSC_POSE

STD_FLOOR = 0.1
"""Smallest deviation of an action: components that hardly vary would otherwise be blown up to noise."""
STATE_FLOOR = 0.01
"""Smallest deviation of a state component; gripper joints move by 0.04 m in all."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Stats:
    """Per component; states in the units of `EEF_STATE`, actions in [-1, 1]."""

    state_mean: Floats  # [EEF_STATE.size]
    state_std: Floats  # [EEF_STATE.size]
    action_mean: Floats  # [OSC_POSE.size]
    action_std: Floats  # [OSC_POSE.size]

    @classmethod
    def measure(cls, states: Floats, actions: Floats) -> Stats:
        """From states [n, EEF_STATE.size] and actions [n, OSC_POSE.size]."""
        return cls(
            states.mean(0, dtype=np.float64).astype(np.float32),
            np.maximum(states.std(0, dtype=np.float64), STATE_FLOOR).astype(np.float32),
            actions.mean(0, dtype=np.float64).astype(np.float32),
            np.maximum(actions.std(0, dtype=np.float64), STD_FLOOR).astype(np.float32),
        )

    @classmethod
    def identity(cls) -> Stats:
        """Leaves values as they are."""
        return cls(
            *(
                np.full(size, value, np.float32)
                for size in (EEF_STATE.size, OSC_POSE.size)
                for value in (0, 1)
            )
        )

    @property
    def is_identity(self) -> bool:
        """Whether there are no statistics yet."""
        return self.to_json() == Stats.identity().to_json()

    @classmethod
    def from_json(cls, values: dict[str, list[float]]) -> Stats:
        """Inverse of `to_json`."""
        return cls(**{name: np.asarray(value, np.float32) for name, value in values.items()})

    def to_json(self) -> dict[str, list[float]]:
        """Plain lists by field name."""
        return {name: [float(number) for number in value] for name, value in vars(self).items()}

    def state_in(self, state: Floats) -> Floats:
        """States [..., EEF_STATE.size] to z-scores."""
        return (state - self.state_mean) / self.state_std

    def actions_in(self, actions: Floats) -> Floats:
        """Actions [..., OSC_POSE.size] to z-scores."""
        return (actions - self.action_mean) / self.action_std

    def actions_out(self, scores: Floats) -> Floats:
        """Z-scores back to actions, clipped to [-1, 1]."""
        return np.clip(scores * self.action_std + self.action_mean, -1.0, 1.0).astype(np.float32)
