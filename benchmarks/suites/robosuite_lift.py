"""Robosuite's Lift with a Panda: the small simulation for smoke runs and continuous integration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.experts.version import expert_version
from harness.core.demonstration import Demonstration
from harness.core.keys import Task
from harness.core.protocols import Expert, Suite
from harness.core.rng import derive_rng

if TYPE_CHECKING:
    from benchmarks.build.rebuilt_simulation import RebuiltSimulation
    from benchmarks.episode.task_env import TaskEnv
    from benchmarks.sim.compiled_task import CompiledTask
    from benchmarks.sim.simulation import Simulation

INIT_COUNT = 50


@dataclass(frozen=True)
class LiftSuite(Suite):
    """One task. robosuite has no stored initial states, so number i is the placement drawn from seed i."""

    name: str = "robosuite_lift"
    max_steps: int = 120
    """Twice what the expert needs."""
    init_count: int = INIT_COUNT
    own_assets: str = "robosuite"
    moved_object: str = "cube"
    tasks: Sequence[Task] = (Task("robosuite_lift", 0, "lift", "lift the red cube"),)

    @property
    def expert(self) -> Expert:
        """Takes the cube across its faces."""
        from benchmarks.experts.lift import EXPERT

        return EXPERT

    @property
    def expert_version(self) -> str:
        """Digest of the code that makes demonstrations."""
        return expert_version()

    def make_env(
        self, task_id: int, *, assets: str, image_size: int, render: str, engine: str = "fast"
    ) -> TaskEnv:
        """The environment; `assets` does not matter, robosuite brings its own."""
        from benchmarks.episode.task_env import TaskEnv

        return TaskEnv(
            self.tasks[task_id],
            lambda: lift_simulation(engine),
            max_steps=self.max_steps,
            image_size=image_size,
            render=render,
            rebuild=_rebuild,
        )

    def demonstrate(
        self, task_id: int, seeds: Iterable[int], *, assets: str, image_size: int, render: str
    ) -> Iterator[tuple[int, Demonstration | None]]:
        """Successful expert episodes; placements are drawn apart from those of evaluation."""
        from benchmarks.data.recording import record

        env = self.make_env(task_id, assets=assets, image_size=image_size, render=render)
        try:
            yield from record(env, self.expert, seeds, assets="robosuite")
        finally:
            env.close()


def lift_simulation(engine: str = "fast") -> Simulation:
    """The simulation of Lift; robosuite builds it when it is not in the cache of compiled tasks."""
    from benchmarks.assets.libero_setup import check_mujoco
    from benchmarks.sim.model_cache import compiled
    from benchmarks.sim.reference_engine import simulation_class

    check_mujoco()
    task = compiled("lift", {"task": "Lift", "starts": INIT_COUNT}, compile_lift)
    return simulation_class(engine)(compiled=task, build=lift_environment)


def compile_lift() -> CompiledTask:
    """Lift with its initial states, which robosuite has to place."""
    from benchmarks.sim.compiled_task import compiled_task
    from benchmarks.sim.simulation import Simulation

    env = lift_environment()
    task = compiled_task(env)
    simulation, states = Simulation(env, compiled=task), []
    for init_id in range(INIT_COUNT):
        simulation.load_sampled(derive_rng("robosuite_lift", "evaluation", init_id))
        states.append(simulation.state())
    return replace(task, description=replace(task.description, init_states=np.stack(states)))


def _rebuild(own: Simulation, fields: Mapping[str, Any]) -> RebuiltSimulation:
    from benchmarks.build.lift_rebuild import rebuild

    return rebuild(own, fields)


def lift_environment(robot: str = "Panda", gripper: str = "default", name: str = "Lift", **more: Any) -> Any:
    """robosuite's own environment, or one of another `name` that takes `more`.

    The cube's size is drawn when it is built, so that is seeded.
    """
    from benchmarks.assets.libero_setup import quiet_robosuite

    quiet_robosuite()
    import robosuite

    from benchmarks.sim.simulation import numpy_seed

    with numpy_seed(derive_rng("robosuite_lift", "build")):
        env = robosuite.make(
            name,
            robots=robot,
            gripper_types=gripper,
            controller_configs=robosuite.load_controller_config(default_controller="OSC_POSE"),
            initialization_noise=None,
            use_camera_obs=False,
            has_renderer=False,
            has_offscreen_renderer=False,
            hard_reset=False,
            ignore_done=True,
            control_freq=20,
            **more,
        )
        env.reset()
    return env


SUITE = LiftSuite()
