"""What every method must do, on any adaptable policy."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.trainable import Trainable
from baselines.contracts.acting import observation
from baselines.contracts.adapting import Adapting
from baselines.methods import HeadMethod, Method
from baselines.pipeline import adapter, heads
from baselines.training.attach import attach, merge
from baselines.training.batches import Batches, frozen_blocks
from baselines.training.finetune import Schedule, finetune
from harness.core.contract import Contract, require
from harness.core.rng import derive_rng

TOLERANCE = 1e-5
"""Between actions before and after adapters are merged."""
SHAKEN = 0.02
"""Deviation of the noise that stands for training."""


@dataclass(frozen=True)
class Trial:
    """A method on a policy."""

    method: Method
    on: Adapting

    @cached_property
    def selections(self) -> heads.Selections:
        """Heads as the method chooses them; none where it does not."""
        if not isinstance(self.method, HeadMethod):
            return {}
        on = self.on
        material = heads.record(on.policy, on.frames, on.features, on.trainability, self.method, 0)
        return heads.select(material, self.method, None)

    @cached_property
    def trainable(self) -> Trainable:
        """What it trains."""
        return self.method.trainable(self.on.policy, heads.by_stream(self.selections), self.on.trainability)

    def attached(self) -> tuple[AdaptablePolicy, dict[str, nn.Parameter]]:
        """A copy of the policy with the method's adapters, and what is trained."""
        policy = adapter.copied(self.on.policy)
        return policy, attach(policy, self.trainable, seed=1)

    def act(self, policy: AdaptablePolicy) -> NDArray[np.float32]:
        """Chunks for a few observations."""
        seen = [observation(self.on.source.describe(), number) for number in range(3)]
        return policy.act(seen, [derive_rng("contract-noise", number) for number in range(3)])


def trains_what_it_says(subject: Trial) -> None:
    """It trains something exactly if it says so, and only what can change the action"""
    names = list(subject.trainable.names(subject.on.policy.streams))
    require(
        bool(names) == subject.method.trains,
        f"trains is {subject.method.trains}, it names {len(names)} parts",
    )
    known, able = dict(subject.on.policy.model.named_modules()), subject.on.trainability
    for name in names:
        alive = able.module(name) if name in known else name in able.parameters
        require(alive, f"{name} cannot change the action")


def heads_are_of_their_stream(subject: Trial) -> None:
    """Heads are chosen within each stream's own grid, none twice, inert ones only where asked for"""
    if not isinstance(subject.method, HeadMethod):
        return
    require(tuple(subject.selections) == subject.method.streams, f"selected in {tuple(subject.selections)}")
    for name, found in subject.selections.items():
        layers, count = subject.on.policy.stream(name).grid
        require(found.scores.shape == (layers, count), f"scores of {name} are {found.scores.shape}")
        outside = [head for head in found.heads if not (0 <= head[0] < layers and 0 <= head[1] < count)]
        require(not outside, f"{outside[:1]} is not in the {layers} x {count} heads of {name}")
        require(len(set(found.heads)) == len(found.heads), f"a head of {name} is chosen twice")
        inert = set(found.heads) & set(subject.on.trainability.inert(name))
        require(
            subject.method.include_inert_heads or not inert, f"{inert} of {name} cannot change the action"
        )


def adapters_change_nothing_at_first(subject: Trial) -> None:
    """Attaching adapters leaves the actions as they are, unless the method says that it does not"""
    policy, _ = subject.attached()
    apart = float(np.abs(subject.act(policy) - subject.act(subject.on.policy)).max())
    if not subject.method.starts_at_base:
        require(apart > 0, "starts_at_base is False, but actions are as before")
        return
    require(apart <= TOLERANCE, f"actions differ by {apart:.2g}")


def gradients_reach_what_is_trained(subject: Trial) -> None:
    """Every trained parameter gets a gradient, and no other"""
    policy, parameters = subject.attached()
    if not parameters:
        return
    _shake(parameters)  # a zero second factor would hide the first one's gradient
    Batches(policy, subject.on.frames, exact=True).loss(np.arange(8), derive_rng("contract")).backward()
    for name, value in parameters.items():
        require(value.grad is not None and bool(value.grad.any()), f"{name} gets no gradient")
    reached = {name for name, value in policy.model.named_parameters() if value.grad is not None}
    require(reached == set(parameters), f"{sorted(reached - set(parameters))[:1]} gets a gradient")


def training_takes_steps(subject: Trial) -> None:
    """Some steps of training change the actions and nothing diverges"""
    policy, parameters = subject.attached()
    if not parameters:
        return
    batches = Batches(policy, subject.on.frames, frozen=frozen_blocks(policy, subject.trainable))
    done = finetune(batches, parameters, Schedule(2, 8, 1e-2), seed=0)
    require(bool(np.isfinite(done.losses).all()), f"losses are {done.losses}")
    require(done.flops > 0, "training costs nothing")
    require(not np.array_equal(subject.act(policy), subject.act(subject.on.policy)), "actions are as before")


def merging_keeps_the_actions(subject: Trial) -> None:
    """Merged adapters act as attached ones did, in a model built as before"""
    policy, parameters = subject.attached()
    _shake(parameters)
    before = subject.act(policy)
    merge(policy, subject.trainable)
    apart = float(np.abs(subject.act(policy) - before).max())
    require(apart <= TOLERANCE, f"actions differ by {apart:.2g}")
    require(_kinds(policy.model) == _kinds(subject.on.policy.model), "modules are of other types than before")


def saved_adapters_act_the_same(subject: Trial) -> None:
    """An adapter that is saved and restored gives the same actions"""
    policy, parameters = subject.attached()
    if not parameters:
        return
    _shake(parameters)
    before = subject.act(policy)
    about = {
        "policy": policy.name,
        "policy_sha256": "0",
        "method": subject.method.name,
        "adapt_id": "contract",
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contract.safetensors"
        adapter.save(path, policy, subject.trainable, about | {"adapt_id": "contract"})
        restored = adapter.adapted(subject.on.policy, path, "0")
    apart = float(np.abs(subject.act(restored) - before).max())
    require(apart <= TOLERANCE, f"actions differ by {apart:.2g}")


def _shake(parameters: Mapping[str, nn.Parameter]) -> None:
    """Give every trained parameter a small random change, second adapter factors included."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for value in parameters.values():
            value.add_((SHAKEN * torch.randn(value.shape, generator=generator)).to(value))


def _kinds(model: nn.Module) -> dict[str, type]:
    return {name: type(module) for name, module in model.named_modules()}


CONTRACT = Contract(
    (
        trains_what_it_says,
        heads_are_of_their_stream,
        adapters_change_nothing_at_first,
        gradients_reach_what_is_trained,
        training_takes_steps,
        merging_keeps_the_actions,
        saved_adapters_act_the_same,
    )
)
