"""Record expert episodes: noise on what is executed, clean actions in the record (DART)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import missed_grasps
from benchmarks.episode.task_env import TaskEnv
from harness.core.demonstration import IMAGE_EVERY, UNVARIED, Demonstration, Setting, unvaried
from harness.core.keys import EpisodeKey
from harness.core.protocols import Expert
from harness.core.rng import derive_rng
from harness.core.variation_grammar import split

Lists = dict[str, list[NDArray[Any]]]

MOTION = 6
"""Components of an action that move the arm; the last one moves the gripper."""

MAX_STEPS = 300
"""Expert episodes end here, or at the task's step budget where that is larger: what has not succeeded by
then is thrown away, since a fumbled retry is not worth imitating."""

NOISE_SCALE = 0.2
"""Stationary deviation of the noise relative to the action, found sufficient by prototypes."""

MISS_RATE = 0.25
"""Share of demonstrations that begin after a missed grasp. Policies whose demonstrations never miss carry
nothing to the goal when they do."""


SHARED_MODEL = 10
"""So many consecutive seeds share the kinds of distractors, which take seconds to compile."""


class ActionNoise:
    """Ornstein-Uhlenbeck noise on moving dimensions with rare bursts, after DART (Laskey et al. 2017)."""

    def __init__(self, rng: np.random.Generator, scale: float = NOISE_SCALE) -> None:
        self.rng, self.scale = rng, scale
        self.value, self.burst, self.burst_left = np.zeros(MOTION), np.zeros(MOTION), 0

    def __call__(self, action: NDArray[np.float32]) -> NDArray[np.float32]:
        """The action [7] to execute instead of `action`; the gripper is never disturbed."""
        self.value = 0.8 * self.value + 0.6 * self.rng.standard_normal(MOTION)
        if self.burst_left == 0 and self.rng.random() < 0.02:
            self.burst_left = int(self.rng.integers(3, 7))
            self.burst = self.rng.uniform(-1.5, 1.5, MOTION)
        disturbance = self.value + (self.burst if self.burst_left else 0.0)
        self.burst_left = max(0, self.burst_left - 1)
        size = np.minimum(1.0, np.abs(action[:MOTION]))
        # A hand that comes down must also learn to correct sideways, where it hardly moves.
        size[:3] = size[:3].max()
        noise = np.where(size > 0.2, self.scale * size * disturbance, 0.0)
        return np.append(np.clip(action[:MOTION] + noise, -1.0, 1.0), action[MOTION]).astype(np.float32)


def record(
    env: TaskEnv,
    expert: Expert,
    seeds: Iterable[int],
    *,
    assets: str,
    setting: Setting = unvaried,
    image_every: int = IMAGE_EVERY,
) -> Iterator[tuple[int, Demonstration | None]]:
    """For each seed a demonstration from placements sampled by it, or None where the attempt failed.

    `setting` says what an episode is varied by, given its seed. Official initial states are never used.
    Recording goes on to the end of the expert's plan, through release and retreat, because the goal
    predicate holds before the release.
    """
    for seed in seeds:
        yield (
            seed,
            record_one(env, expert, seed, assets=assets, setting=setting(seed), image_every=image_every),
        )


def record_one(
    env: TaskEnv,
    expert: Expert,
    seed: int,
    *,
    assets: str,
    setting: str = UNVARIED,
    image_every: int = IMAGE_EVERY,
) -> Demonstration | None:
    """One expert episode from the placement of `seed`, or None where it failed or took too long.

    One in four begins after a missed grasp (see `benchmarks.data.missed_grasps`): on the arm's way to the
    goal, with nothing in the closed gripper. Raises RuntimeError where it cannot be varied by `setting`.
    """
    name = f"{env.task.suite}.{env.task.name}.{seed}"
    task = env.task
    key = EpisodeKey("demonstration", task.suite, task.task_id, seed, seed // SHARED_MODEL, *split(setting))
    env.begin_sampled(key, derive_rng("placement", name))
    rng = derive_rng("miss", name)
    if rng.random() < MISS_RATE:
        start = env.sim.state()
        frames, *_ = _act(env, expert, f"{name}.missed", image_every=None)
        if not missed_grasps.load(env.sim, np.stack(frames["sim_states"]), np.stack(frames["actions"]), rng):
            env.sim.load_recorded(start, env.sim.fixture_poses())
            if key.parts:
                env.sim.controller.hold_pose()  # the arm may have started elsewhere
    frames, steps, images = _act(env, expert, name, image_every)
    if not env.sim.success():
        return None
    return Demonstration(
        task=task,
        seed=seed,
        success=True,
        image_steps=np.asarray(steps, dtype=np.int32),
        images={camera: np.stack(shots) for camera, shots in images.items()},
        **{key: np.stack(values) for key, values in frames.items()},
        fixtures=env.sim.fixture_poses(),
        assets=assets,
        variation=setting,
    )


def _act(env: TaskEnv, expert: Expert, name: str, image_every: int | None) -> tuple[Lists, list[int], Lists]:
    """Let the expert act until it is done or out of steps; what was seen and done at each step."""
    noise = ActionNoise(derive_rng("noise", name))
    frames: Lists = {key: [] for key in ("state", "actions", "executed", "sim_states")}
    steps: list[int] = []
    seen: Lists = {camera: [] for camera in env.gives.cameras}
    actions = islice(expert.actions(env.sim, derive_rng("expert", name)), max(MAX_STEPS, env.max_steps))
    for step, action in enumerate(actions):
        if image_every and step % image_every == 0:
            observation = env.observe()
            steps.append(step)
            for camera, image in observation.images.items():
                seen[camera].append(image)
        executed = noise(action)
        frames["state"].append(env.sim.proprioception())
        frames["sim_states"].append(env.sim.state())
        frames["actions"].append(action)
        frames["executed"].append(executed)
        env.advance(executed)
    return frames, steps, seen
