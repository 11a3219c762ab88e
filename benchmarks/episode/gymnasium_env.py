"""What every environment is for gymnasium: spaces, `reset` with options, checked actions."""

from __future__ import annotations

from abc import abstractmethod
from string import printable
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from harness.core import variation_grammar
from harness.core.errors import UserError
from harness.core.keys import CLEAN, EpisodeKey, Task
from harness.core.protocols import Env
from harness.core.specs import Interface, Observation

OPTIONS = ("init_id", "variation")
"""What `reset` takes."""

LONGEST_INSTRUCTION = 512
"""Characters."""


class EpisodeEnv(gymnasium.Env[dict[str, Any], NDArray[np.float32]], Env):
    """One task. `begin`, `advance` and `observe` are the lean path; `reset` and `step` are gymnasium's."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012  (gymnasium's own name)
    render_mode = "rgb_array"

    def __init__(self, task: Task, gives: Interface, *, max_steps: int, image_size: int) -> None:
        """`max_steps` is the budget after settling; images are `image_size` square."""
        self.task, self.gives, self.max_steps, self.image_size = task, gives, max_steps, image_size
        self.facts: dict[str, Any] = {}
        self.steps = 0
        """Executed since the episode began."""
        image = gymnasium.spaces.Box(0, 255, (image_size, image_size, 3), np.uint8)
        self.observation_space = gymnasium.spaces.Dict(
            {
                **dict.fromkeys(gives.cameras, image),
                "state": gymnasium.spaces.Box(-np.inf, np.inf, (gives.state.size,), np.float32),
                "instruction": gymnasium.spaces.Text(LONGEST_INSTRUCTION, charset=frozenset(printable)),
            }
        )
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (gives.action.size,), np.float32)

    @property
    @abstractmethod
    def init_count(self) -> int:
        """Number of initial states from which an episode can begin."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode.

        `options` may have `init_id`, the number of an initial state (drawn where it is missing), and
        `variation`, such as `lighting:2` or `lighting:2+camera:1`. `seed` decides what is drawn, so that a
        seed and its options always start the same episode. Raises UserError for other options, unknown
        variations and numbers out of range.
        """
        super().reset(seed=seed)
        init_id, variation = self._chosen(options or {})
        drawn = int(self.np_random.integers(self.init_count))
        scene_seed = int(self.np_random.integers(2**31)) if seed is None else seed
        key = EpisodeKey(
            "gymnasium",
            self.task.suite,
            self.task.task_id,
            drawn if init_id is None else init_id,
            scene_seed,
            *variation,
        )
        self.begin(key)
        return _flat(self.observe()), {"init_id": key.init_id, **self.facts}

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """One control step: reward 1 and termination when the goal holds, truncation at the budget.

        Raises ValueError for an action of another shape, with NaN or out of [-1, 1].
        """
        success = self.advance(self._checked(action))
        over = self.steps >= self.max_steps
        return _flat(self.observe()), float(success), success, over, {"success": success}

    def render(self) -> NDArray[np.uint8]:
        """The first camera's image [size, size, 3]."""
        return self.observe().images[self.gives.cameras[0]]

    def _chosen(self, options: dict[str, Any]) -> tuple[int | None, tuple[str, int]]:
        """Initial state, and variation with its level. Raises UserError."""
        if unknown := sorted(set(options) - set(OPTIONS)):
            raise UserError(f"unknown option {unknown[0]!r}; known: {', '.join(OPTIONS)}")
        init_id: int | None = options.get("init_id")
        if init_id is not None and init_id not in range(self.init_count):
            raise UserError(f"no init_id {init_id!r}; known: 0 to {self.init_count - 1}")
        asked = options.get("variation")
        if asked is None:
            return init_id, (CLEAN, 0)
        settings = variation_grammar.parse(str(asked), [self.task])[0]
        if len(settings) != 1:
            raise UserError(
                f"variation {asked!r} stands for {len(settings)} settings; give one, as lighting:2"
            )
        return init_id, variation_grammar.split(settings[0])

    def _checked(self, action: NDArray[np.float32]) -> NDArray[np.float32]:
        given = np.asarray(action)
        if given.shape != self.action_space.shape:
            raise ValueError(f"an action has shape {self.action_space.shape}, not {given.shape}")
        if not np.isfinite(given).all():
            raise ValueError(f"action {given} is not finite")
        if np.abs(given).max() > 1.0:
            raise ValueError(f"action {given} is not in [-1, 1]; clip it")
        return given


def _flat(seen: Observation) -> dict[str, Any]:
    """An observation as gymnasium has it: a dictionary with a key for each camera."""
    return {**seen.images, "state": seen.state, "instruction": seen.instruction}
