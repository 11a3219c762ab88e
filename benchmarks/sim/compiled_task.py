"""A compiled task with everything that running it needs, as plain data: robosuite is not asked again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.arm_controller import Arm, arm_of
from benchmarks.sim.goals import Indicator, Predicate
from benchmarks.sim.libero_goals import indicators_of, predicates_of
from benchmarks.sim.placement import Placement, placement_of


@dataclass(frozen=True)
class Fixture:
    """A body whose pose lives in the model."""

    body: int
    position: NDArray[np.float64]  # [3] m, in the task's MJCF
    quaternion: NDArray[np.float64]  # [4] wxyz, in the task's MJCF


@dataclass(frozen=True)
class Description:
    """What the compiled model does not say about its task."""

    arm: Arm
    substeps: int
    """Physics steps in a control step."""
    fixtures: dict[str, Fixture]
    placement: Placement | None
    """None where only robosuite can place the fixtures."""
    goal: list[list[str]]
    """LIBERO's goal predicates, such as ["on", "akita_black_bowl_1", "plate_1"]."""
    predicates: tuple[Predicate, ...] | None
    """None where only LIBERO can check the goal."""
    indicators: tuple[Indicator, ...]
    init_states: NDArray[np.float64] | None = None
    """Initial states [count, 1 + nq + nv] of a task whose suite has none in files."""


@dataclass(frozen=True)
class CompiledTask:
    """A model and its description."""

    model: mujoco.MjModel
    description: Description


def compiled_task(env: Any) -> CompiledTask:
    """Describe `env`, a robosuite environment with one arm that was just reset. The model is shared."""
    model: mujoco.MjModel = env.sim.model._model
    fixtures = {name: _fixture(env, model, item) for name, item in getattr(env, "fixtures_dict", {}).items()}
    description = Description(
        arm=arm_of(env.robots[0], model),
        substeps=int(env.control_timestep / env.model_timestep),
        fixtures=fixtures,
        placement=placement_of(env),
        goal=[list(state) for state in getattr(env, "parsed_problem", {"goal_state": []})["goal_state"]],
        predicates=predicates_of(env, model),
        indicators=indicators_of(env, model),
    )
    return CompiledTask(model, description)


def _fixture(env: Any, model: mujoco.MjModel, item: Any) -> Fixture:
    element = env.model.root.find(f".//body[@name='{item.root_body}']")
    position, quaternion = element.get("pos", "0 0 0"), element.get("quat", "1 0 0 0")
    return Fixture(
        int(model.body(item.root_body).id),
        np.array(position.split(), dtype=np.float64),
        np.array(quaternion.split(), dtype=np.float64),
    )
