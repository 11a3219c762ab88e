"""The last real token of images and instruction: what the paper's text reads (arXiv 2511.22697)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from baselines.adaptable.batch import Draws, Inputs
from baselines.adaptable.readings.reading import Readable, Reading


@dataclass(frozen=True)
class PrefixLast(Reading):
    """A prompt that is padded on the right does not select padding."""

    def read(self, policy: Readable, inputs: Inputs, draws: Draws) -> Tensor:
        """See `Reading.read`."""
        return policy.prefix_activations(inputs)
