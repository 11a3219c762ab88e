"""Robosuite's Lift with a Panda: the small simulation for smoke runs and continuous integration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.experts import expert_version
from harness.types import Demonstration, Task, derive_rng

if TYPE_CHECKING:
    from benchmarks.env import TaskEnv
    from benchmarks.simulation import Simulation


@dataclass(frozen=True)
class LiftSuite:
    """One task. robosuite has no stored initial states, so number i is the placement drawn from seed i."""

    name: str = "robosuite_lift"
    max_steps: int = 120
    """Twice what the expert needs."""
    init_count: int = 50
    own_assets: str = "robosuite"
    tasks: Sequence[Task] = (Task("robosuite_lift", 0, "lift", "lift the red cube"),)

    @property
    def expert_version(self) -> str:
        """Digest of the code that makes demonstrations."""
        return expert_version()

    def make_env(self, task_id: int, *, assets: str, image_size: int, render: str) -> TaskEnv:
        """The environment; `assets` does not matter, robosuite brings its own."""
        from benchmarks.env import TaskEnv

        return TaskEnv(
            self.tasks[task_id],
            lift_simulation,
            max_steps=self.max_steps,
            image_size=image_size,
            render=render,
        )

    def demonstrate(
        self, task_id: int, seeds: Sequence[int], *, assets: str, image_size: int, render: str
    ) -> Iterator[Demonstration]:
        """Successful expert episodes; placements are drawn apart from those of evaluation."""
        from benchmarks.demonstrations import record
        from benchmarks.experts.lift import EXPERT

        env = self.make_env(task_id, assets=assets, image_size=image_size, render=render)
        try:
            yield from record(env, EXPERT, seeds, assets="robosuite")
        finally:
            env.close()


def lift_simulation() -> Simulation:
    """Build Lift once. The cube's size is drawn at build, so the build is seeded too."""
    from benchmarks.libero_setup import check_mujoco, quiet_robosuite

    check_mujoco()
    quiet_robosuite()
    import robosuite

    from benchmarks.simulation import Simulation, numpy_seed

    class LiftSimulation(Simulation):
        """Initial states by seed instead of from a file."""

        def load_official(self, init_id: int, rng: object) -> None:
            self.load_sampled(derive_rng("robosuite_lift", "evaluation", init_id))

    with numpy_seed(derive_rng("robosuite_lift", "build")):
        env = robosuite.make(
            "Lift",
            robots="Panda",
            controller_configs=robosuite.load_controller_config(default_controller="OSC_POSE"),
            initialization_noise=None,
            use_camera_obs=False,
            has_renderer=False,
            has_offscreen_renderer=False,
            hard_reset=False,
            ignore_done=True,
            control_freq=20,
        )
        env.reset()
    return LiftSimulation(env)


SUITE = LiftSuite()
