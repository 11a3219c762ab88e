"""What every variation must do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.contracts.episodes import Stage, play, require_same
from harness.core.contract import Contract, require
from harness.core.protocols import Variation

CHANGES = ("state", "pixels", "prompt", "physics")
EXPECTS = ("success", "failure")


@dataclass(frozen=True)
class Varied:
    """A variation under its name, and the task on which it is tried, which it does not refuse."""

    name: str
    variation: Variation
    stage: Stage

    @property
    def levels(self) -> range:
        """From 1 to the strongest."""
        return range(1, len(self.variation.quantities))


def says_what_it_is(subject: Varied) -> None:
    """Levels are monotone in one quantity with a unit, and it says what it changes"""
    found = subject.variation
    quantities = np.asarray(found.quantities, float)
    require(len(quantities) > 1, f"quantities {found.quantities} have no level above 0")
    require(bool(np.isfinite(quantities).all()), f"quantities {found.quantities} are not finite")
    steps = np.diff(quantities)
    require(bool((steps > 0).all() or (steps < 0).all()), f"quantities {found.quantities} are not monotone")
    require(bool(found.unit), "the quantity has no unit")
    require(found.changes in CHANGES, f"changes is {found.changes!r}, none of {', '.join(CHANGES)}")
    require(found.expects in EXPECTS, f"expects is {found.expects!r}, none of {', '.join(EXPECTS)}")


def level_zero_changes_nothing(subject: Varied) -> None:
    """An episode at level 0 is the clean one bit for bit"""
    stage = subject.stage
    require_same(
        play(stage, stage.key()), play(stage, stage.key(variation=subject.name)), "clean and level 0"
    )


def each_level_changes_what_it_claims(subject: Varied) -> None:
    """Each level above 0 changes what the variation claims to change"""
    for level in subject.levels:
        found = play(subject.stage, subject.stage.key(variation=subject.name, level=level))
        require(found.facts["changed"] > 0, f"level {level} changes nothing")
        quantity = subject.variation.quantities[level]
        require(found.facts["quantity"] == quantity, f"level {level} has the quantity {quantity}")


def a_varied_episode_repeats_itself(subject: Varied) -> None:
    """The same key gives the same varied episode"""
    for level in subject.levels[-1:]:
        key = subject.stage.key(variation=subject.name, level=level)
        require_same(play(subject.stage, key), play(subject.stage, key), f"level {level} twice")


def it_is_undone(subject: Varied) -> None:
    """A clean episode after a varied one is clean bit for bit"""
    stage = subject.stage
    clean = play(stage, stage.key())
    for level in subject.levels[-1:]:
        play(stage, stage.key(variation=subject.name, level=level))
        require_same(clean, play(stage, stage.key()), f"clean before and after level {level}")


CONTRACT = Contract(
    (
        says_what_it_is,
        level_zero_changes_nothing,
        each_level_changes_what_it_claims,
        a_varied_episode_repeats_itself,
        it_is_undone,
    )
)
