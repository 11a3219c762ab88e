"""The environment that policies act in: a `gymnasium.Env` with a lean path for rollouts."""

from __future__ import annotations

import gc
import time
from collections import OrderedDict
from collections.abc import Callable
from string import printable
from typing import Any

import gymnasium
import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.build.rebuilt_simulation import Rebuild, RebuiltSimulation
from benchmarks.episode import apply
from benchmarks.episode.edit import Edit, Images
from benchmarks.render.renderer import Renderer
from benchmarks.sim.compiled_task import Changes
from benchmarks.sim.simulation import Simulation
from harness.core.keys import EpisodeKey, Task
from harness.core.protocols import REBUILT_KEPT
from harness.core.rng import derive_rng
from harness.core.specs import Interface, Observation

DIVERGED = slice(mujoco.mjtWarning.mjWARN_BADQPOS, mujoco.mjtWarning.mjWARN_BADQACC + 1)
"""MuJoCo's warnings of positions, speeds and accelerations that are not finite. It then silently puts the
scene back to its start, where an episode would go on as if nothing had happened."""

INTERFACE = Interface()
"""What every task gives, in LIBERO and robosuite."""


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
        rebuild: Rebuild | None = None,
    ) -> None:
        """`build` compiles the simulation (seconds); images are `image_size` square, profile `render`.

        `rebuild` compiles another model of the task, for variations that need one.
        """
        self.task, self.max_steps, self.image_size = task, max_steps, image_size
        self.sim = self._own = build()
        self.facts: dict[str, Any] = {}
        self._rebuild = rebuild
        self._rebuilt: OrderedDict[str, RebuiltSimulation] = OrderedDict()
        self._profile = render
        self._renderers: dict[int, Renderer] = {}
        self._edit = Edit(self.sim, task)
        self._steps = 0
        image = gymnasium.spaces.Box(0, 255, (image_size, image_size, 3), np.uint8)
        self.observation_space = gymnasium.spaces.Dict(
            {
                **dict.fromkeys(INTERFACE.cameras, image),
                "state": gymnasium.spaces.Box(-np.inf, np.inf, (INTERFACE.state.size,), np.float32),
                "instruction": gymnasium.spaces.Text(512, charset=frozenset(printable)),
            }
        )
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (INTERFACE.action.size,), np.float32)

    @property
    def engine(self) -> str:
        """What steps the physics: fast or reference. Recorded with every episode."""
        return self.sim.engine

    def begin(self, key: EpisodeKey) -> None:
        """Load the initial state that `key` names, with fixture poses seeded by it, vary it and settle."""
        self._restore()
        self.sim.load_official(key.init_id, derive_rng("fixtures", key.twin_id))
        if key.parts:
            self._vary(key)
        self.sim.data.warning.number[DIVERGED] = 0
        self.sim.settle()
        self._steps = 0

    def _restore(self) -> None:
        """Back to the task's own model, as it was compiled."""
        textures = self._edit.undo()
        if textures and id(self.sim) in self._renderers:
            self._renderers[id(self.sim)].upload(textures)
        self.sim = self._own
        self._edit, self.facts = Edit(self.sim, self.task), {}

    def _vary(self, key: EpisodeKey) -> None:
        clean = self._look() if apply.pixel_parts(key.parts) else None
        built = 0.0
        if changes := apply.changes_of(key, self.task):
            start, known = time.perf_counter(), list(self._rebuilt.values())
            self.sim = model = self._model(changes)
            if model not in known:
                self._renderer()
                built = time.perf_counter() - start
            model.follow(self._own)
        self._edit = Edit(self.sim, self.task)
        self.facts = apply.apply(self._edit, key, self._look, clean) | {"rebuild_s": round(built, 3)}
        self.sim.set_state(self.sim.state())

    def _look(self) -> Images:
        """Both images before the first step, with everything derived from what was changed."""
        self.sim.set_state(self.sim.state())
        return self._images()

    def _model(self, changes: Changes) -> RebuiltSimulation:
        name = repr(sorted(changes.items()))
        if name not in self._rebuilt:
            if self._rebuild is None:
                raise ValueError(f"{self.task.suite} cannot be compiled with other {', '.join(changes)}")
            while len(self._rebuilt) >= REBUILT_KEPT:
                self._discard(self._rebuilt.popitem(last=False)[1])
            self._rebuilt[name] = self._rebuild(self._own, changes)
        self._rebuilt.move_to_end(name)
        return self._rebuilt[name]

    def advance(self, action: NDArray[np.floating[Any]]) -> bool:
        """One control step without rendering; True when the goal predicate holds."""
        for before in self._edit.on_step:
            before(self._steps)
        for change in self._edit.on_action:
            action = change(action)
        self._steps += 1
        success = self.sim.step(action)
        if self.sim.data.warning.number[DIVERGED].any():
            raise FloatingPointError("the simulation diverged: positions or speeds are not finite")
        return success

    def observe(self) -> Observation:
        """Both cameras, state and instruction."""
        images = dict(zip(INTERFACE.cameras, self._images(), strict=True))
        return Observation(images, self.sim.proprioception(), self._edit.instruction)

    def _images(self) -> Images:
        self.sim.update_visuals()
        images = self._renderer().images()
        for change in self._edit.on_images:
            images = change(images, self._steps)
        return images

    def _renderer(self) -> Renderer:
        """The present simulation's, with the textures that its edit changed."""
        sim = self.sim
        if id(sim) not in self._renderers:
            self._renderers[id(sim)] = Renderer(sim.model, sim.data, self.image_size, self._profile)
        renderer = self._renderers[id(sim)]
        if self._edit.textures:
            renderer.upload(self._edit.textures)
            self._edit.textures.clear()
        return renderer

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start the episode `options["init_id"]` (default 0) with `seed` (default 0)."""
        super().reset(seed=seed)
        init_id = int((options or {}).get("init_id", 0))
        self.begin(EpisodeKey("gymnasium", self.task.suite, self.task.task_id, init_id, seed or 0))
        return _flat(self.observe()), {"init_id": init_id}

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Gymnasium's step: reward 1 and termination when the goal holds, truncation at the budget."""
        success = self.advance(action)
        observation = _flat(self.observe())
        return observation, float(success), success, self._steps >= self.max_steps, {"success": success}

    def render(self) -> NDArray[np.uint8]:
        """The agentview image [size, size, 3]."""
        return self.observe().images["agentview"]

    def close(self) -> None:
        """Free the renderers and the simulations."""
        if not hasattr(self, "sim"):
            return
        for sim in [*self._rebuilt.values(), self._own]:
            self._discard(sim)
        self._rebuilt.clear()
        del self.sim, self._own, self._edit
        # robosuite's objects refer to each other in circles and hold about 100 MB a task.
        gc.collect()

    def _discard(self, sim: Simulation) -> None:
        if renderer := self._renderers.pop(id(sim), None):
            renderer.close()


def _flat(seen: Observation) -> dict[str, Any]:
    """An observation as gymnasium has it: a dictionary with a key for each camera."""
    return {**seen.images, "state": seen.state, "instruction": seen.instruction}
