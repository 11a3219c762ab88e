"""Episodes of fixed random actions, and what is compared of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core.contract import require
from harness.core.keys import EpisodeKey
from harness.core.protocols import Env, Suite
from harness.core.rng import derive_rng
from harness.core.specs import Observation

STEPS = 3
"""Control steps of an episode."""

IMAGE_SIZE = 48


@dataclass
class Stage:
    """A suite with the environment of one of its tasks, which is built once; to be closed."""

    suite: Suite
    task_id: int = 0
    assets: str = "original"
    render: str = "fast"
    _envs: list[Env] = field(default_factory=list)

    @property
    def env(self) -> Env:
        """The environment of the task."""
        if not self._envs:
            self._envs.append(
                self.suite.make_env(
                    self.task_id,
                    assets=self.assets,
                    image_size=IMAGE_SIZE,
                    render=self.render,
                    engine="fast",
                )
            )
        return self._envs[0]

    def key(self, init_id: int = 0, variation: str = "none", level: int = 0) -> EpisodeKey:
        """Key of an episode that belongs to no adaptation."""
        return EpisodeKey("contract", self.suite.name, self.task_id, init_id, 0, variation, level)

    def close(self) -> None:
        """Close the environment."""
        for env in self._envs:
            env.close()
        self._envs.clear()


@dataclass(frozen=True)
class Played:
    """What an episode of `STEPS` actions looked like."""

    first: Observation
    last: Observation
    successes: tuple[bool, ...]
    facts: dict[str, Any]


def play(stage: Stage, key: EpisodeKey) -> Played:
    """The episode of a key under the same few actions in [-1, 1] whatever the key."""
    stage.env.begin(key)
    first, facts = stage.env.observe(), dict(stage.env.facts)
    successes = tuple(bool(stage.env.advance(action)) for action in actions(stage.suite.gives.action.size))
    return Played(first, stage.env.observe(), successes, facts)


def actions(size: int) -> NDArray[np.float32]:
    """The actions of an episode, [STEPS, size]."""
    return derive_rng("contract-actions", size).uniform(-1, 1, (STEPS, size)).astype(np.float32)


def require_same(one: Played, two: Played, what: str) -> None:
    """Raise ContractError where two episodes differ by a bit."""
    for when, a, b in (("first", one.first, two.first), ("last", one.last, two.last)):
        require(np.array_equal(a.state, b.state), f"{what}: the {when} states differ")
        for camera, image in a.images.items():
            require(np.array_equal(image, b.images[camera]), f"{what}: the {when} {camera} images differ")
        require(a.instruction == b.instruction, f"{what}: the {when} instructions differ")
    require(one.successes == two.successes, f"{what}: their outcomes differ")
