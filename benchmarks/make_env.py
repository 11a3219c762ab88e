"""Any task as a gymnasium environment, also by gymnasium's own names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

NAMESPACE = "steering_benchmark"
"""Ids are `steering_benchmark/<suite>-v0`."""


def make_env(
    suite: str,
    task_id: int = 0,
    *,
    image_size: int = 256,
    render: str = "fast",
    engine: str = "fast",
    assets: str = "original",
) -> gymnasium.Env[dict[str, Any], NDArray[np.float32]]:
    """The environment of one task; compiling it takes seconds the first time on a machine.

    `suite` is a name that `python -m harness.list` shows, the path of a LIBERO task file (`.bddl`) or
    `package.module:object`. Images are `image_size` pixels square. `render` is `fast`, or `exact` for
    LIBERO's own pixels; `engine` is `fast`, or `reference` for the simulator's own stepping with the same
    results; `assets` is `original`, `hub` or a directory.

    An observation is a dictionary: `agentview` and `wrist` (uint8 [size, size, 3], upright), `state` (float32
    [8]: end effector position in m, its orientation as axis times angle in rad, finger joints in m) and
    `instruction`. An action is float32 [7] in [-1, 1]: changes of position and orientation, gripper (-1
    opens, 1 closes), 20 a second. The reward is 1 when the goal holds, which ends the episode.

    `reset(seed=..., options={"init_id": 3, "variation": "lighting:2"})` begins an episode from an initial
    state of the suite, drawn from the seed where no `init_id` is given. `env.unwrapped.sim.model` and `.data`
    are MuJoCo's own.

    Raises UserError for an unknown suite, task, render profile, engine or assets; `reset` for unknown
    options, `step` ValueError for actions that are not finite or out of range.

        env = benchmarks.make_env("libero_spatial", 0)
        observation, info = env.reset(seed=0)
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        env.close()
    """
    from harness.core import registry
    from harness.core.errors import UserError

    found = registry.find("suite", suite)
    if task_id not in range(len(found.tasks)):
        raise UserError(f"no task {task_id!r} in {found.name}; known: 0 to {len(found.tasks) - 1}")
    if image_size < 1:
        raise UserError(f"image_size {image_size} is no number of pixels; give 1 or more, such as 256")
    if found.uses_mujoco:
        from benchmarks.render.backend import use_backend

        use_backend()
    env = found.make_env(task_id, assets=assets, image_size=image_size, render=render, engine=engine)
    if not isinstance(env, gymnasium.Env):
        raise UserError(f"environments of {found.name} are no gymnasium.Env; make them of one")
    return env


def register() -> None:
    """Tell gymnasium the ids of the built-in suites; called by `import benchmarks`."""
    for file in sorted((Path(__file__).parent / "suites").glob("[!_]*.py")):
        name = f"{NAMESPACE}/{file.stem}-v0"
        if name not in gymnasium.registry:
            gymnasium.register(name, entry_point="benchmarks.make_env:make_env", kwargs={"suite": file.stem})
