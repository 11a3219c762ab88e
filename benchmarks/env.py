"""The environment that policies act in: a `gymnasium.Env` with a lean path for rollouts."""

from __future__ import annotations

import gc
from collections.abc import Callable
from string import printable
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from benchmarks.rendering import Renderer
from benchmarks.simulation import Simulation
from harness.types import ACTION_DIM, STATE_DIM, EpisodeKey, Observation, Task, derive_rng


class TaskEnv(gymnasium.Env[dict[str, Any], NDArray[np.float32]]):
    """One task. `begin`, `advance` and `observe` are the lean path; `reset` and `step` are gymnasium's."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012  (gymnasium's own name)
    render_mode = "rgb_array"

    def __init__(
        self,
        task: Task,
        build: Callable[[], Simulation],
        *,
        max_steps: int,
        image_size: int,
        render: str,
    ) -> None:
        """`build` compiles the simulation (seconds); images are `image_size` square, profile `render`."""
        self.task, self.max_steps, self.image_size = task, max_steps, image_size
        self.sim = build()
        self._profile = render
        self._renderer: Renderer | None = None
        self._steps = 0
        image = gymnasium.spaces.Box(0, 255, (image_size, image_size, 3), np.uint8)
        self.observation_space = gymnasium.spaces.Dict(
            {
                "agentview": image,
                "wrist": image,
                "state": gymnasium.spaces.Box(-np.inf, np.inf, (STATE_DIM,), np.float32),
                "instruction": gymnasium.spaces.Text(512, charset=frozenset(printable)),
            }
        )
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (ACTION_DIM,), np.float32)

    @property
    def engine(self) -> str:
        """What steps the physics: fast or reference. Recorded with every episode."""
        return self.sim.engine

    def begin(self, key: EpisodeKey) -> None:
        """Load the initial state that `key` names, with fixture poses seeded by it, and settle."""
        self.sim.load_official(key.init_id, derive_rng("fixtures", key.twin_id))
        self.sim.settle()
        self._steps = 0

    def advance(self, action: NDArray[np.floating[Any]]) -> bool:
        """One control step without rendering; True when the goal predicate holds."""
        self._steps += 1
        return self.sim.step(action)

    def observe(self) -> Observation:
        """Both cameras, state and instruction."""
        if self._renderer is None:
            self._renderer = Renderer(self.sim.model, self.sim.data, self.image_size, self._profile)
        self.sim.update_visuals()
        agentview, wrist = self._renderer.images()
        return Observation(agentview, wrist, self.sim.proprioception(), self.task.instruction)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start the episode `options["init_id"]` (default 0) with `seed` (default 0)."""
        super().reset(seed=seed)
        init_id = int((options or {}).get("init_id", 0))
        self.begin(EpisodeKey("gymnasium", self.task.suite, self.task.task_id, init_id, seed or 0))
        return vars(self.observe()), {"init_id": init_id}

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Gymnasium's step: reward 1 and termination when the goal holds, truncation at the budget."""
        success = self.advance(action)
        observation = vars(self.observe())
        return observation, float(success), success, self._steps >= self.max_steps, {"success": success}

    def render(self) -> NDArray[np.uint8]:
        """The agentview image [size, size, 3]."""
        return self.observe().agentview

    def close(self) -> None:
        """Free the renderer and the simulation."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None
        if hasattr(self, "sim"):
            del self.sim
            # robosuite's objects refer to each other in circles and hold about 100 MB a task.
            gc.collect()
