"""The first action token at the first denoising step: cheap, and not what the authors read."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from baselines.adaptable.batch import Draws, Inputs
from baselines.adaptable.readings.reading import Readable, Reading


@dataclass(frozen=True)
class ActionNoise(Reading):
    """At flow time 1, on the same noise for every frame."""

    def read(self, policy: Readable, inputs: Inputs, draws: Draws) -> Tensor:
        """See `Reading.read`."""
        return policy.action_activations(inputs, draws, clean=False)
