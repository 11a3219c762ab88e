"""What every selector must do, on the heads of any adaptable policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from baselines.contracts.adapting import Adapting
from baselines.methods.steer import Steer
from baselines.pipeline import heads
from baselines.selection.problem import Problem, Selection
from baselines.selection.selectors import Selector
from harness.core.contract import Contract, require
from harness.core.rng import derive_rng

COUNT = 3
"""Heads to choose."""


@dataclass(frozen=True)
class Choosing:
    """A selector on every stream of a policy."""

    selector: Selector
    on: Adapting

    @cached_property
    def problems(self) -> dict[str, Problem]:
        """By stream."""
        on = self.on
        method = Steer(streams=tuple(on.policy.streams), reading=next(iter(on.policy.readings)))
        material = heads.record(on.policy, on.frames, on.features, on.trainability, method, 0)
        return {
            name: heads.problem(material, name, method, COUNT, self.selector.unit) for name in method.streams
        }

    @cached_property
    def chosen(self) -> dict[str, Selection]:
        """By stream."""
        return {name: self.choose(problem) for name, problem in self.problems.items()}

    def choose(self, problem: Problem) -> Selection:
        """With the same random numbers each time."""
        return self.selector.choose(problem, derive_rng("contract-select"))


def chooses_as_many_as_asked(subject: Choosing) -> None:
    """As many heads as asked for are chosen, or the whole layers that hold as many; none twice"""
    for name, found in subject.chosen.items():
        units = subject.problems[name].count
        layers = {layer for layer, _ in found.heads}
        size = len(layers) if found.unit == "layer" else len(found.heads)
        require(size == units, f"{size} units of {name} chosen, not {units}")
        require(len(set(found.heads)) == len(found.heads), f"a head of {name} is chosen twice")


def keeps_to_usable_heads(subject: Choosing) -> None:
    """Heads that may not be chosen never are, and have no score; all others have one"""
    for name, found in subject.chosen.items():
        mask = subject.problems[name].mask
        require(all(mask[head] for head in found.heads), f"a head of {name} is chosen that may not be")
        require(
            np.array_equal(np.isfinite(found.scores), mask), f"scores of {name} are not those of its heads"
        )


def repeats_itself(subject: Choosing) -> None:
    """The same problem and random numbers give the same heads"""
    for name, problem in subject.problems.items():
        require(subject.choose(problem).heads == subject.chosen[name].heads, f"other heads of {name}")


def describes_its_choice(subject: Choosing) -> None:
    """A selection says by whom it was made, which scores are good, and the error of the best k"""
    for found in subject.chosen.values():
        require(found.selector == subject.selector.name, f"the selection is by {found.selector!r}")
        require(found.better in ("lower", "higher"), f"better is {found.better!r}")
        best = min(found.mse_by_k.values())
        require(found.mse == best == found.mse_by_k[found.k], f"mse {found.mse} is not the best, {best}")


def chooses_whole_layers(subject: Choosing) -> None:
    """Whole layers can be chosen: all usable heads of each, which then have one score"""
    layered = replace(subject.selector, unit="layer")
    for name, problem in subject.problems.items():
        found = layered.choose(replace(problem, unit="layer"), derive_rng("contract-select"))
        for layer in {layer for layer, _ in found.heads}:
            own = {head for head in found.heads if head[0] == layer}
            require(len(own) == problem.mask[layer].sum(), f"layer {layer} of {name} is not chosen whole")
        spread = [np.ptp(row[np.isfinite(row)]) for row in found.scores if np.isfinite(row).any()]
        require(not any(spread), f"heads of one layer of {name} differ in their score")


CONTRACT = Contract(
    (
        chooses_as_many_as_asked,
        keeps_to_usable_heads,
        repeats_itself,
        describes_its_choice,
        chooses_whole_layers,
    )
)
