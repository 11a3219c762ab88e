"""Mean and deviation of state and actions: the network sees z-scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STD_FLOOR = 0.1
"""Smallest deviation of an action: components that hardly vary would otherwise be blown up to noise."""
STATE_FLOOR = 0.01
"""Smallest deviation of a state component; gripper joints move by 0.04 m in all."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Normalisation:
    """Per component; states in the units of the policy's state space, actions in [-1, 1]."""

    state_mean: Floats  # [state size]
    state_std: Floats  # [state size]
    action_mean: Floats  # [action size]
    action_std: Floats  # [action size]

    @classmethod
    def measure(cls, states: Floats, actions: Floats) -> Normalisation:
        """From states [n, state size] and actions [n, action size]."""
        return cls(
            states.mean(0, dtype=np.float64).astype(np.float32),
            np.maximum(states.std(0, dtype=np.float64), STATE_FLOOR).astype(np.float32),
            actions.mean(0, dtype=np.float64).astype(np.float32),
            np.maximum(actions.std(0, dtype=np.float64), STD_FLOOR).astype(np.float32),
        )

    @classmethod
    def identity(cls, state_size: int, action_size: int) -> Normalisation:
        """Leaves values as they are."""
        sizes = (state_size, action_size)
        return cls(*(np.full(size, value, np.float32) for size in sizes for value in (0, 1)))

    @property
    def is_identity(self) -> bool:
        """Whether nothing was measured yet."""
        means, deviations = (self.state_mean, self.action_mean), (self.state_std, self.action_std)
        return not any(mean.any() for mean in means) and all((std == 1).all() for std in deviations)

    @classmethod
    def from_json(cls, values: Mapping[str, Sequence[float]]) -> Normalisation:
        """Inverse of `to_json`."""
        return cls(**{name: np.asarray(value, np.float32) for name, value in values.items()})

    def to_json(self) -> dict[str, list[float]]:
        """Plain lists by field name."""
        return {name: [float(number) for number in value] for name, value in vars(self).items()}

    def state_in(self, state: Floats) -> Floats:
        """States [..., state size] to z-scores."""
        return (state - self.state_mean) / self.state_std

    def actions_in(self, actions: Floats) -> Floats:
        """Actions [..., action size] to z-scores."""
        return (actions - self.action_mean) / self.action_std

    def actions_out(self, scores: Floats) -> Floats:
        """Z-scores back to actions, clipped to [-1, 1]."""
        return np.clip(scores * self.action_std + self.action_mean, -1.0, 1.0).astype(np.float32)
