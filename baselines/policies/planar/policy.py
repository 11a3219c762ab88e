"""The planar policy: acting, and what adaptation asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.adaptable.batch import Batch, Draws, Inputs
from baselines.adaptable.device import pick_device
from baselines.adaptable.normalisation import Normalisation
from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.readings.action_clean import ActionClean
from baselines.adaptable.readings.action_noise import ActionNoise
from baselines.adaptable.readings.prefix_last import PrefixLast
from baselines.adaptable.streams import Layer, Stream, recorded
from baselines.data.images import fit
from baselines.policies.planar import spec
from baselines.policies.planar.network import Network, encode
from harness.core.specs import Observation, StreamInfo


@dataclass(eq=False)
class PlanarPolicy(AdaptablePolicy):
    """Regresses a chunk of actions at once: no noise, no denoising."""

    model: Network
    normalisation: Normalisation

    name = spec.NAME
    horizon = spec.HORIZON
    image_size = spec.IMAGE_SIZE
    needs = spec.NEEDS
    parts = {  # noqa: RUF012
        "vision": ("patches.",),
        "language": ("words.", "reader."),
        "expert": ("queries", "actor."),
        "projections": ("state_in.", "action_out."),
    }
    readings = {  # noqa: RUF012
        "action_clean": ActionClean("expert"),
        "action_noise": ActionNoise("expert"),
        "prefix_last": PrefixLast("language"),
    }

    @classmethod
    def fresh(cls, device: str) -> PlanarPolicy:
        """With weights from a fixed seed."""
        nothing = Normalisation.identity(spec.NEEDS.state.size, spec.NEEDS.action.size)
        return cls(Network.fresh().eval().to(pick_device(device)), nothing)

    @property
    def streams(self) -> dict[str, Stream]:
        """Grids differ, so each stream is ranked by readings of its own."""
        return {
            "language": Stream(spec.LANGUAGE, _layers("reader", spec.LANGUAGE), ("prefix_last",)),
            "expert": Stream(spec.EXPERT, _layers("actor", spec.EXPERT), ("action_clean", "action_noise")),
        }

    @torch.no_grad()
    def act(
        self, observations: Sequence[Observation], rngs: Sequence[np.random.Generator]
    ) -> NDArray[np.float32]:
        """Action chunks [batch, horizon, action size] in [-1, 1]."""
        self.model.eval()
        camera = self.needs.cameras[0]
        images = np.stack([fit(seen.images[camera][None], self.image_size) for seen in observations])
        state = self.normalisation.state_in(np.stack([seen.state for seen in observations]))
        words = tuple(seen.instruction for seen in observations)
        inputs = Inputs(self.embed_images(self.tensor(images)), words, self.tensor(state))
        return self.normalisation.actions_out(self._predict(inputs).float().cpu().numpy())

    def embed_images(self, images: Tensor) -> Tensor:
        """Embedded patches [frames, patches, width]."""
        return self.model.embed(images)

    def losses(self, batch: Batch) -> Tensor:
        """Mean absolute error of normalised actions."""
        return (self._predict(batch.inputs).float() - batch.actions).abs().mean((1, 2))

    def prefix_activations(self, inputs: Inputs) -> Tensor:
        """See `baselines.adaptable.readings.reading.Readable`."""
        with recorded(self.model, self.streams["language"]) as seen:
            self._predict(inputs)
        last = inputs.features.shape[1] + (encode(inputs.instructions) > 0).sum(1) - 1
        return torch.stack([values[torch.arange(len(last)), last] for values in seen], 1)

    def action_activations(self, inputs: Inputs, draws: Draws, *, clean: bool) -> Tensor:
        """Of its one pass: it has neither noise nor denoising."""
        with recorded(self.model, self.streams["expert"]) as seen:
            self._predict(inputs)
        return torch.stack([values[:, 0] for values in seen], 1)

    def _predict(self, inputs: Inputs) -> Tensor:
        context, mask = self.model.read(inputs.features, encode(inputs.instructions).to(self.device))
        repeats = inputs.repeats
        context, mask = context.repeat_interleave(repeats, 0), mask.repeat_interleave(repeats, 0)
        return self.model.predict(context, mask, inputs.state)


def _layers(start: str, info: StreamInfo) -> tuple[Layer, ...]:
    def layer(number: int) -> Layer:
        block = f"{start}.{number}"
        query, key, value, output = (
            f"{block}.attention.{name}" for name in ("to_query", "to_key", "to_value", "out")
        )
        return Layer(query, key, value, output, feed_forward=(f"{block}.expand", f"{block}.contract"))

    return tuple(map(layer, range(info.layers)))
