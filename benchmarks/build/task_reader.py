"""A robosuite environment read into plain data: model, arm, fixtures, placement and goal."""

from __future__ import annotations

import mujoco
import numpy as np

from benchmarks.build.arm_reader import arm_of
from benchmarks.build.goal_reader import indicators_of, predicates_of
from benchmarks.build.placement_reader import placement_of
from benchmarks.sim.compiled_task import CompiledTask, Description, Fixture
from benchmarks.sim.robosuite_binding import StockEnv, StockPart, model_of


def compiled_task(env: StockEnv) -> CompiledTask:
    """Describe `env`, a LIBERO environment or a `LiberoLike` that was just reset. The model is shared."""
    model = model_of(env.sim)
    description = Description(
        arm=arm_of(env.robots[0], model),
        substeps=int(env.control_timestep / env.model_timestep),
        fixtures={name: _fixture(env, model, item) for name, item in env.fixtures_dict.items()},
        placement=placement_of(env),
        goal=[list(state) for state in env.parsed_problem["goal_state"]],
        predicates=predicates_of(env, model),
        indicators=indicators_of(env, model),
    )
    return CompiledTask(model, description)


def _fixture(env: StockEnv, model: mujoco.MjModel, item: StockPart) -> Fixture:
    element = env.model.root.find(f".//body[@name='{item.root_body}']")
    position, quaternion = element.get("pos", "0 0 0"), element.get("quat", "1 0 0 0")
    return Fixture(
        int(model.body(item.root_body).id),
        np.array(position.split(), dtype=np.float64),
        np.array(quaternion.split(), dtype=np.float64),
    )
