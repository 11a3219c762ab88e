"""What a policy must do that can be adapted: see `baselines.adaptable.policy`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from baselines.adaptable.batch import Batch
from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.trainable import Trainability
from baselines.data.frames import Frames, from_demonstrations
from baselines.data.synthetic import synthetic
from baselines.selection.activations import head_activations, inputs
from baselines.training.batches import Batches
from baselines.training.features import embed_images
from baselines.training.trainability import probe
from harness.core.contract import Contract, require
from harness.core.protocols import PolicySource
from harness.core.rng import derive_rng

DEMONSTRATIONS, STEPS = 4, 60
"""Demonstrations of noise, and control steps of each."""
ROWS = np.array([0, 5, 40])
TOLERANCE = 1e-4
"""Between the same numbers in single precision, summed in another order."""


@dataclass(frozen=True)
class Adapting:
    """An adaptable policy with some frames to learn from; nothing changes its weights."""

    source: PolicySource
    device: str = "cpu"

    @cached_property
    def policy(self) -> AdaptablePolicy:
        """With its weights, and normalisation where it had none."""
        policy = self.source.load(self.device)
        require(isinstance(policy, AdaptablePolicy), "describes streams, but load gives no AdaptablePolicy")
        assert isinstance(policy, AdaptablePolicy)
        if policy.normalisation.is_identity:
            states, actions = self._frames(policy).state, self._frames(policy).actions
            policy.normalisation = policy.normalisation.measure(states, actions)
        return policy

    @cached_property
    def frames(self) -> Frames:
        """Of demonstrations that have the policy's own interface."""
        return self._frames(self.policy)

    @cached_property
    def features(self) -> Tensor:
        """What the policy makes of the frames' images."""
        return embed_images(self.policy, self.frames)

    @cached_property
    def trainability(self) -> Trainability:
        """What can change its actions."""
        return probe(self.policy, self.frames)

    def batch(self) -> Batch:
        """A few frames, the same at each call."""
        policy, seen = self.policy, inputs(self.policy, self.frames, self.features, ROWS)
        actions = policy.tensor(policy.normalisation.actions_in(self.frames.chunks[ROWS]))
        seen = replace(
            seen, features=seen.features.float() if seen.features.is_floating_point() else seen.features
        )
        return Batch(seen, actions, policy.draw(len(ROWS), derive_rng("contract-draws")))

    def _frames(self, policy: AdaptablePolicy) -> Frames:
        demos = synthetic(DEMONSTRATIONS, policy.image_size, STEPS, needs=policy.needs)
        return from_demonstrations(demos, policy.format)


def streams_are_as_described(subject: Adapting) -> None:
    """Streams are those of the description, and their modules are linear layers of the declared sizes"""
    found = tuple(stream.info for stream in subject.policy.streams.values())
    require(found == subject.source.describe().streams, "streams differ from those of describe()")
    for name, stream in subject.policy.streams.items():
        info = stream.info
        require(name == info.name, f"stream {name!r} calls itself {info.name!r}")
        require(
            len(stream.layers) == info.layers, f"{name} names {len(stream.layers)} of {info.layers} layers"
        )
        own, shared = info.heads * info.head_size, info.kv_heads * info.head_size
        for layer in stream.layers:
            names = layer.modules(("attention", "feed_forward"))
            query, key, value, output, *_ = (_shape(subject.policy.model, one) for one in names)
            sizes = query[0], key[0], value[0], output[1]
            require(sizes == (own, shared, shared, own), f"{name}: sizes of {layer.query} ... are {sizes}")


def parameters_belong_to_one_part(subject: Adapting) -> None:
    """Every parameter belongs to exactly one part"""
    for name, _ in subject.policy.model.named_parameters():
        owners = [part for part, starts in subject.policy.parts.items() if name.startswith(starts)]
        require(len(owners) == 1, f"{name} belongs to {owners or 'no part'}")
    total = sum(value.numel() for value in subject.policy.model.parameters())
    require(total == subject.source.describe().total_params, f"it has {total} parameters, not as described")


def heads_can_be_read(subject: Adapting) -> None:
    """Each stream can be ranked by a reading on a grid like its own"""
    policy = subject.policy
    for name, stream in policy.streams.items():
        require(bool(stream.readings), f"{name} has no reading")
        for reading in stream.readings:
            require(reading in policy.readings, f"{name} is ranked by {reading!r}, which cannot be read")
            grid = policy.streams[policy.readings[reading].stream].grid
            require(grid == stream.grid, f"{reading!r} is of another grid")
    for reading, read in policy.readings.items():
        info = policy.streams[read.stream].info
        found, flops = head_activations(policy, subject.frames, subject.features, ROWS, reading, 0)
        expected = (len(ROWS), info.layers, info.heads, info.head_size)
        require(found.shape == expected, f"{reading!r} gives {found.shape}, not {expected}")
        require(bool(np.isfinite(found).all()), f"{reading!r} gives numbers that are not finite")
        require(bool(found.std(0).any()), f"{reading!r} does not depend on the frame")
        require(flops > 0, f"{reading!r} costs nothing")


def losses_are_of_rows(subject: Adapting) -> None:
    """Losses are finite, one a row, repeat exactly, and their mean is the loss"""
    policy, batch = subject.policy, subject.batch()
    with torch.no_grad():
        losses, again, mean = policy.losses(batch), policy.losses(subject.batch()), policy.loss(batch)
    require(losses.shape == (len(ROWS),), f"losses are {tuple(losses.shape)} for {len(ROWS)} rows")
    require(bool(torch.isfinite(losses).all()), "losses are not finite")
    require(torch.equal(losses, again), "the same batch twice, other losses")
    apart = abs(losses.mean().item() - mean.item())
    require(apart <= TOLERANCE * abs(mean.item()), f"the loss is {apart:.2g} off the mean of losses")


def every_stream_can_act(subject: Adapting) -> None:
    """Some heads of every stream change the action"""
    for name, heads in subject.trainability.heads.items():
        require(heads.shape == subject.policy.streams[name].grid, f"{name}: trainability is {heads.shape}")
        require(bool(heads.any()), f"no head of {name} can change the action")
    left = [name for name, value in subject.policy.model.named_parameters() if value.grad is not None]
    require(not left, f"{left[:1]} keeps a gradient")


def kept_prefixes_give_the_same_loss(subject: Adapting) -> None:
    """What is kept of frozen parts does not change the loss"""
    policy, frames = subject.policy, subject.frames
    whole = Batches(policy, frames, exact=True).loss(ROWS, derive_rng("contract-loss")).item()
    deepest = policy.prefix.frozen(()) if policy.prefix else 0
    for frozen in range(-1, deepest + 1):
        kept = Batches(policy, frames, frozen=frozen, exact=True)
        found = kept.loss(ROWS, derive_rng("contract-loss")).item()
        require(
            abs(found - whole) <= TOLERANCE * whole, f"{frozen} blocks kept: {found:.6g}, not {whole:.6g}"
        )


def _shape(model: nn.Module, name: str) -> tuple[int, ...]:
    module = model.get_submodule(name)
    require(isinstance(module, nn.Linear), f"{name} is no linear layer")
    return tuple(model.get_parameter(f"{name}.weight").shape)


CONTRACT = Contract(
    (
        streams_are_as_described,
        parameters_belong_to_one_part,
        heads_can_be_read,
        losses_are_of_rows,
        every_stream_can_act,
        kept_prefixes_give_the_same_loss,
    )
)
