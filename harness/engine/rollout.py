"""One episode: begin, then observe, query the policy and execute the start of its chunk, until the end."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import DamagedFileError
from harness.core.keys import EpisodeKey
from harness.core.protocols import Env, Policy
from harness.core.rng import derive_rng
from harness.core.rollout import Rollout
from harness.core.specs import Observation
from harness.engine.jobs import ServerLostError

Given = ParamSpec("Given")
Value = TypeVar("Value")


class _Clock:
    """Adds up wall seconds by what they were spent on."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.spent = {"env": 0.0, "policy": 0.0}

    def run(self, what: str, call: Callable[Given, Value], *args: Given.args, **named: Given.kwargs) -> Value:
        before = time.perf_counter()
        try:
            return call(*args, **named)
        finally:
            self.spent[what] += time.perf_counter() - before

    def rollout(self, status: str, steps: int, error: str = "") -> Rollout:
        wall = time.perf_counter() - self.start
        return Rollout(status, steps, wall, self.spent["env"], self.spent["policy"], error)


def run_episode(
    env: Env,
    policy: Policy,
    key: EpisodeKey,
    *,
    replan: int,
    action_size: int,
    seen_by: Callable[[Observation], None] = lambda seen: None,
    alive: Callable[[], None] = lambda: None,
) -> Rollout:
    """Roll `policy` out from the state that `key` names; success at any step ends the episode.

    `replan` actions of `action_size` numbers are executed before the next query.

    The flow noise of query q comes from the key's twin and q alone, so all methods meet the same noise,
    varied or not. Whatever is raised makes the episode an error, never a failure. `seen_by` gets the
    observation of each query, for a film; `alive` is called before each query.
    Raises ServerLostError where the policy's server died, DamagedFileError where it cannot read the policy:
    nothing is known of such an episode.
    """
    clock = _Clock()
    steps = 0
    try:
        clock.run("env", env.begin, key)
        while steps < env.max_steps:
            alive()
            seen = clock.run("env", env.observe)
            seen_by(seen)
            rng = derive_rng("flow", key.twin_id, steps // replan)
            chunk = checked(clock.run("policy", policy.act, [seen], [rng]), policy.horizon, action_size)
            for action in chunk[: min(replan, env.max_steps - steps)]:
                steps += 1
                if clock.run("env", env.advance, action):
                    return clock.rollout("success", steps)
        return clock.rollout("failure", steps)
    except (ServerLostError, DamagedFileError):
        raise
    except Exception as error:
        return clock.rollout("error", steps, error=describe(error))


def checked(chunks: NDArray[np.float32], horizon: int, action_size: int) -> NDArray[np.float32]:
    """The only chunk [horizon, action size] of a batch of one; raises ValueError if it is not one."""
    chunks, expected = np.asarray(chunks), (1, horizon, action_size)
    if chunks.shape != expected:
        raise ValueError(f"policy returned shape {chunks.shape}, expected {expected}")
    if not np.isfinite(chunks).all():
        raise ValueError("policy returned actions that are not finite")
    return chunks[0]


def describe(error: BaseException) -> str:
    """The last line of the traceback with the place it came from, as one line."""
    where = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" ({where[0].filename.rsplit('/', 1)[-1]}:{where[0].lineno})" if where else ""
    return " ".join("".join(traceback.format_exception_only(error)).split()) + place
