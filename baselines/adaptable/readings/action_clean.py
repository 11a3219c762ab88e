"""The first action token on denoised actions: what Robotic Steering's code reads.

Source: `sample_actions(return_state_and_first_action_heads=True)` in `models/pi0.py` and
`head_tuning/adapters/base.py` of chancharikmitra/openpi_robotv: every frame is sampled to x_0 from noise of
its own, then the suffix goes through once more at time 0 on x_0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from baselines.adaptable.batch import Draws, Inputs
from baselines.adaptable.readings.reading import Readable, Reading


@dataclass(frozen=True)
class ActionClean(Reading):
    """One pass more than sampling actions takes."""

    fresh_noise: ClassVar[bool] = True

    def read(self, policy: Readable, inputs: Inputs, draws: Draws) -> Tensor:
        """See `Reading.read`."""
        return policy.action_activations(inputs, draws, clean=True)
