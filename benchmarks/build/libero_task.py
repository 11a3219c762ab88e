"""LIBERO's tasks: compiled once for each machine, or built by LIBERO itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.assets.libero_setup import check_mujoco, libero_assets
from benchmarks.assets.trees import resolve
from benchmarks.build.model_cache import compiled
from benchmarks.build.task_reader import compiled_task
from benchmarks.sim.compiled_task import CompiledTask
from benchmarks.sim.reference_engine import simulation_class
from benchmarks.sim.robosuite_binding import StockEnv
from benchmarks.sim.simulation import Simulation
from harness.core.errors import UserError


def libero_simulation(
    task_file: Path,
    init_states: NDArray[np.float64] | None,
    assets: str,
    *,
    robot: str = "Panda",
    engine: str = "fast",
) -> Simulation:
    """The simulation of a LIBERO task; robosuite builds it when it is not in the cache of compiled tasks."""
    check_mujoco()
    tree = resolve(assets)
    built: list[StockEnv] = []

    def build() -> StockEnv:
        return libero_environment(task_file, tree.path, robot)

    def compile_task() -> CompiledTask:
        built.append(build())
        return compiled_task(built[0])

    parts = {"task": task_file.read_text(), "assets": tree.digest, "robot": robot}
    task = compiled(task_file.stem, parts, compile_task)
    env = built[0] if built else None
    return simulation_class(engine)(task, env=env, build=build, init_states=init_states)


def libero_environment(task_file: Path, assets: Path, robot: str) -> StockEnv:
    """LIBERO's own environment of a task, just reset, without renderers: ours draws (seconds).

    Raises UserError where the assets lack a file that the task needs.
    """
    with libero_assets(assets) as envs:
        from libero.libero.envs import bddl_utils

        problem = bddl_utils.get_problem_info(str(task_file))["problem_name"]
        try:
            return construct(envs.TASK_MAPPING[problem], task_file, robot)
        except FileNotFoundError as error:
            lacking = Path(str(error.filename))
            if not lacking.is_relative_to(assets):
                raise
            raise UserError(
                f"assets {str(assets)!r} lack {lacking.relative_to(assets)}, which {task_file.stem} needs; "
                "give --assets original"
            ) from None


def construct(
    kind: Callable[..., StockEnv], task_file: Path, robot: str, gripper: str = "default"
) -> StockEnv:
    """An environment of LIBERO's class `kind`, just reset, without renderers."""
    import robosuite

    env = kind(
        str(task_file),
        robots=[robot],
        gripper_types=gripper,
        controller_configs=robosuite.load_controller_config(default_controller="OSC_POSE"),
        initialization_noise=None,
        use_camera_obs=False,
        has_offscreen_renderer=False,
        hard_reset=False,
        ignore_done=True,
    )
    env.reset()
    return env
