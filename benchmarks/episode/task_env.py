"""The environment of a task that MuJoCo simulates: initial states, variations, images, stepping."""

from __future__ import annotations

import gc
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.build.rebuilt_simulation import Rebuild, RebuiltSimulation
from benchmarks.episode.apply import apply
from benchmarks.episode.edit import Edit, Images
from benchmarks.episode.episode_variations import EpisodeVariations
from benchmarks.episode.gymnasium_env import EpisodeEnv
from benchmarks.render.renderer import Renderer, check_profile, drawn_by
from benchmarks.sim.compiled_task import Changes
from benchmarks.sim.simulation import Simulation
from harness.core.keys import EpisodeKey, Task
from harness.core.protocols import REBUILT_KEPT
from harness.core.rng import derive_rng
from harness.core.specs import Interface, Observation

DIVERGED = slice(mujoco.mjtWarning.mjWARN_BADQPOS, mujoco.mjtWarning.mjWARN_BADQACC + 1)
"""MuJoCo's warnings of positions, speeds and accelerations that are not finite. It then silently puts the
scene back to its start, where an episode would go on as if nothing had happened."""

CAMERAS = {"agentview": "agentview", "wrist": "robot0_eye_in_hand"}
"""Camera of an interface -> its name in LIBERO's and robosuite's models."""


Condition = Callable[[Edit, EpisodeKey], None]
"""What a task does to each of its episodes, at the initial state."""


class TaskEnv(EpisodeEnv):
    """A task that MuJoCo simulates."""

    def __init__(
        self,
        task: Task,
        build: Callable[[], Simulation],
        *,
        max_steps: int,
        image_size: int,
        render: str,
        rebuild: Rebuild | None = None,
        gives: Interface = Interface(),  # noqa: B008  (frozen)
        init_count: int = 50,
        condition: Condition | None = None,
        drawn_size: int | None = None,
    ) -> None:
        """`build` compiles the simulation (seconds); images are `image_size` square, profile `render`.

        `rebuild` compiles another model of the task, for variations that need one. `condition` changes every
        episode, also clean ones; where it makes images smaller, they are drawn `drawn_size` square. Raises
        UserError for an unknown profile.
        """
        super().__init__(task, gives, max_steps=max_steps, image_size=image_size)
        check_profile(render)
        self.sim: Simulation = build()
        self._own = self.sim
        self._rebuild, self._init_count = rebuild, init_count
        self._condition, self._drawn_size = condition, drawn_size or image_size
        self._rebuilt: OrderedDict[str, RebuiltSimulation] = OrderedDict()
        self._profile = render
        self._renderers: dict[int, Renderer] = {}
        self._edit = Edit(self.sim, task)
        self._closed = False

    @property
    def init_count(self) -> int:
        """Official initial states, or sampled ones where there are none."""
        return self._init_count

    @property
    def engine(self) -> str:
        """What steps the physics: fast or reference. Recorded with every episode."""
        return self.sim.engine

    @property
    def gl_renderer(self) -> str:
        """What draws its images: OpenGL device and driver. Recorded with every episode."""
        return drawn_by()

    def begin(self, key: EpisodeKey) -> None:
        """Load the initial state that `key` names, with fixture poses seeded by it, vary it and settle."""
        self._restore()
        if self.sim.init_states is None:
            self.sim.load_sampled(derive_rng("evaluation", key.suite, key.task_id, key.init_id))
        else:
            self.sim.load_official(key.init_id, derive_rng("fixtures", key.twin_id))
        self._start(key)

    def begin_sampled(self, key: EpisodeKey, rng: np.random.Generator) -> None:
        """Begin where the task file's regions let `rng` place things, as demonstrations do.

        `key` says what is varied; its `init_id` stands for no official initial state here.
        """
        self._restore()
        self.sim.load_sampled(rng)
        self._start(key)

    def _start(self, key: EpisodeKey) -> None:
        self._set_condition(key)
        if key.parts:
            self._vary(key)
        self.sim.data.warning.number[DIVERGED] = 0
        self.sim.settle()
        self.steps = 0

    def _restore(self) -> None:
        """Back to the task's own model, as it was compiled."""
        textures = self._edit.undo()
        if textures and id(self.sim) in self._renderers:
            self._renderers[id(self.sim)].upload(textures)
        self.sim = self._own
        self._edit, self.facts = Edit(self.sim, self.task), {}

    def _set_condition(self, key: EpisodeKey) -> None:
        if self._condition is not None:
            self._condition(self._edit, key)

    def _vary(self, key: EpisodeKey) -> None:
        variations = EpisodeVariations(key, self.task)
        clean = self._look() if variations.needs_images else None
        built = 0.0
        if variations.changes:
            start = time.perf_counter()
            model, is_new = self._model(variations.changes)
            self.sim = model
            if is_new:
                self._renderer()
                built = time.perf_counter() - start
            model.follow(self._own)
            self._edit.undo()
            self._edit = Edit(self.sim, self.task)
            self._set_condition(key)
        self.facts = apply(variations, self._edit, self._look, clean) | {"rebuild_s": round(built, 3)}
        self.sim.refresh()

    def _look(self) -> Images:
        """All images before the first step, with everything derived from what was changed."""
        self.sim.refresh()
        return self._images()

    def _model(self, changes: Changes) -> tuple[RebuiltSimulation, bool]:
        """The model with `changes`, and whether it was compiled for this call."""
        name = repr(sorted(changes.items()))
        is_new = name not in self._rebuilt
        if is_new:
            if self._rebuild is None:
                raise ValueError(f"{self.task.suite} cannot be compiled with other {', '.join(changes)}")
            while len(self._rebuilt) >= REBUILT_KEPT:
                self._discard(self._rebuilt.popitem(last=False)[1])
                # robosuite's objects hold it in circles, too few of them for the collector to come by itself.
                gc.collect()
            self._rebuilt[name] = self._rebuild(self._own, changes)
        self._rebuilt.move_to_end(name)
        return self._rebuilt[name], is_new

    def advance(self, action: NDArray[np.floating[Any]]) -> bool:
        """One control step without rendering; True when the goal predicate holds."""
        for before in self._edit.on_step:
            before(self.steps)
        for change in self._edit.on_action:
            action = change(action)
        self.steps += 1
        success = self.sim.step(action)
        if self.sim.data.warning.number[DIVERGED].any():
            raise FloatingPointError("the simulation diverged: positions or speeds are not finite")
        return success

    def observe(self) -> Observation:
        """All cameras, state and instruction."""
        images = dict(zip(self.gives.cameras, self._images(), strict=True))
        return Observation(images, self.sim.proprioception(), self._edit.instruction)

    def _images(self) -> Images:
        images = self._renderer().images()
        for change in self._edit.on_images:
            images = change(images, self.steps)
        return images

    def _renderer(self) -> Renderer:
        """The present simulation's, with the textures that its edit changed."""
        sim = self.sim
        if id(sim) not in self._renderers:
            cameras = [CAMERAS[name] for name in self.gives.cameras]
            self._renderers[id(sim)] = Renderer(sim.model, sim.seen, self._drawn_size, self._profile, cameras)
        renderer = self._renderers[id(sim)]
        if self._edit.textures:
            renderer.upload(self._edit.textures)
            self._edit.textures.clear()
        return renderer

    def close(self) -> None:
        """Free the renderers and the simulations."""
        if self._closed:
            return
        self._closed = True
        for sim in [*self._rebuilt.values(), self._own]:
            self._discard(sim)
        self._rebuilt.clear()
        del self.sim, self._own, self._edit
        # robosuite's objects refer to each other in circles and hold about 100 MB a task.
        gc.collect()

    def _discard(self, sim: Simulation) -> None:
        if renderer := self._renderers.pop(id(sim), None):
            renderer.close()
