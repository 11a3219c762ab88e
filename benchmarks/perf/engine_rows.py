"""What the engine adds to an episode."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.perf.timing import Row, Timer
from benchmarks.suites.libero_spatial import SUITE
from harness.core.keys import EpisodeKey
from harness.core.protocols import Policy
from harness.core.specs import Observation

STEPS, REPLAN_STEPS = 100, 10
"""Of an episode, and executed per query."""


def overhead(timer: Timer, assets: str) -> list[Row]:
    """Share of an episode that is neither environment nor policy."""
    from harness.engine.rollout import run_episode

    env = SUITE.make_env(0, assets=assets, image_size=128, render="fast")
    env.max_steps = STEPS
    key = EpisodeKey("speed", SUITE.name, 0, 0, 0)
    shares = []
    for _ in range(timer.repeats):
        rollout = run_episode(
            env, RandomPolicy(), key, replan=REPLAN_STEPS, action_size=SUITE.gives.action.size
        )
        shares.append(100 * (1 - (rollout.env_s + rollout.policy_s) / rollout.wall_s))
    env.close()
    return [Row("harness overhead of an episode", "%", math.nan, float(np.median(shares)), "3%")]


class RandomPolicy(Policy):
    """Random actions: a policy that costs nothing."""

    name = "random"
    horizon = REPLAN_STEPS

    def act(
        self, observations: Sequence[Observation], rngs: Sequence[np.random.Generator]
    ) -> NDArray[np.float32]:
        """Chunks [batch, horizon, 7]."""
        shape = (len(observations), REPLAN_STEPS, SUITE.gives.action.size)
        return rngs[0].uniform(-1.0, 1.0, shape).astype(np.float32)
