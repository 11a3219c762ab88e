"""The plane of the fake suite: a point, a goal, images drawn by numpy and a straight-line expert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.episode.apply import apply
from benchmarks.episode.edit import Edit
from benchmarks.episode.episode_variations import EpisodeVariations
from benchmarks.episode.gymnasium_env import EpisodeEnv
from harness.core.demonstration import IMAGE_EVERY, UNVARIED, Demonstration
from harness.core.keys import EpisodeKey, Task
from harness.core.rng import derive_rng
from harness.core.specs import EEF_STATE, OSC_POSE, ActionSpace, Interface, Observation, StateSpace
from harness.core.variation_grammar import split

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

SPEED = 0.15
"""Distance moved by a full action in one step; the plane is [-1, 1] squared."""

REACH = 0.12
"""Distance to the goal that counts as success."""

CENTRES = np.array([(-0.6, -0.6), (0.6, -0.6), (-0.6, 0.6), (0.6, 0.6)])
RGB = np.array([(220, 40, 40), (40, 180, 60), (50, 80, 220), (230, 200, 40)], dtype=np.uint8)


GIVES = Interface(("agentview", "wrist"), EEF_STATE, OSC_POSE)
"""LIBERO's sizes and names, so that the same policies can act."""

PLANAR = Interface(
    ("agentview",), StateSpace("planar-position-goal", 4), ActionSpace("planar-velocity-gripper", 3)
)
"""The plane as it is: one camera; position and goal; velocity and a gripper that does nothing."""


class PointEnv(EpisodeEnv):
    """Move a white point onto the goal. The first two action components are its velocity."""

    init_count = 50

    def __init__(self, task: Task, max_steps: int, image_size: int, gives: Interface = GIVES) -> None:
        super().__init__(task, gives, max_steps=max_steps, image_size=image_size)
        self.instruction = task.instruction
        self.place(derive_rng("fake", task.task_id))

    def place(self, rng: np.random.Generator) -> None:
        """Draw start and goal; the goal stays within 0.2 of the task's own corner."""
        self.position = rng.uniform(-0.3, 0.3, 2)
        self.goal = CENTRES[self.task.task_id] + rng.uniform(-0.2, 0.2, 2)

    def begin(self, key: EpisodeKey) -> None:
        """Start from the official state `key.init_id`; nothing settles here."""
        self.begin_sampled(key, derive_rng("fake-init", self.task.task_id, key.init_id))

    def begin_sampled(self, key: EpisodeKey, rng: np.random.Generator) -> None:
        """Start where `rng` places point and goal."""
        self.place(rng)
        self.steps = 0
        edit = Edit(cast("Simulation", self), self.task)  # its variations use `goal` and `state`
        variations = EpisodeVariations(key, self.task)
        self.facts = apply(variations, edit, self._images, self._images()) if variations.parts else {}
        self.instruction = edit.instruction

    def advance(self, action: NDArray[np.floating[Any]]) -> bool:
        """Move once; True on the goal."""
        self.steps += 1
        step = np.clip(np.asarray(action, dtype=np.float64)[:2], -1.0, 1.0) * SPEED
        self.position = np.clip(self.position + step, -1.0, 1.0)
        return bool(np.linalg.norm(self.goal - self.position) < REACH)

    def observe(self) -> Observation:
        """State [x, y, 0, goal x, goal y, 0, 0, 0], or [x, y, goal x, goal y] where planar.

        The wrist camera looks at half the width.
        """
        state = np.zeros(self.gives.state.size, dtype=np.float32)
        goal = 2 if self.gives == PLANAR else 3
        state[:2], state[goal : goal + 2] = self.position, self.goal
        return Observation(
            images=dict(zip(self.gives.cameras, self._images(), strict=True)),
            state=state,
            instruction=self.instruction,
        )

    def state(self) -> NDArray[np.float64]:
        """Position and goal, [4]."""
        return np.concatenate([self.position, self.goal])

    def _images(self) -> list[NDArray[np.uint8]]:
        views = {"agentview": (np.zeros(2), 1.0), "wrist": (self.position, 0.5)}
        return [self._draw(*views[camera]) for camera in self.gives.cameras]

    def _draw(self, centre: NDArray[np.float64], half_width: float) -> NDArray[np.uint8]:
        axis = np.linspace(-half_width, half_width, self.image_size)
        x, y = np.meshgrid(axis + centre[0], axis + centre[1])
        image = np.full((self.image_size, self.image_size, 3), 60, dtype=np.uint8)
        for position, colour in ((self.goal, RGB[self.task.task_id]), (self.position, 255)):
            image[np.maximum(abs(x - position[0]), abs(y - position[1])) < REACH] = colour
        return image


def demonstrate(
    env: PointEnv, seed: int, setting: str = UNVARIED, image_every: int = IMAGE_EVERY
) -> Demonstration:
    """One recorded attempt. The executed action is perturbed, the clean one is stored beside it."""
    rng = derive_rng("fake-demo", env.task.task_id, seed)
    task = env.task
    env.begin_sampled(EpisodeKey("demonstration", task.suite, task.task_id, seed, 0, *split(setting)), rng)
    images: list[Observation] = []
    states, clean, executed, simulated, success = [], [], [], [], False
    budget = 0 if seed % 100 == 13 else env.max_steps
    for step in range(budget):
        seen = env.observe()
        if step % image_every == 0:
            images.append(seen)
        action = np.zeros(env.gives.action.size, dtype=np.float32)
        action[:2] = np.clip((env.goal - env.position) / SPEED, -1.0, 1.0)
        noisy = action.copy()
        noisy[:2] = np.clip(noisy[:2] + rng.normal(0.0, 0.2, 2), -1.0, 1.0)
        states.append(seen.state)
        clean.append(action)
        executed.append(noisy)
        simulated.append(np.array([0.05 * step, *env.position, 0.0, 0.0]))
        if success := env.advance(noisy):
            break
    side = env.image_size
    return Demonstration(
        task=env.task,
        seed=seed,
        success=success,
        image_steps=np.arange(0, len(clean), image_every, dtype=np.int32),
        images={
            camera: np.array([seen.images[camera] for seen in images], np.uint8).reshape(-1, side, side, 3)
            for camera in env.gives.cameras
        },
        state=np.array(states, np.float32).reshape(-1, env.gives.state.size),
        actions=np.array(clean, np.float32).reshape(-1, env.gives.action.size),
        executed=np.array(executed, np.float32).reshape(-1, env.gives.action.size),
        sim_states=np.array(simulated, np.float64).reshape(-1, 5),
        assets="none",
        variation=setting,
    )
