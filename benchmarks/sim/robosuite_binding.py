"""MuJoCo's own objects inside of robosuite's wrappers, and its environments on other objects than theirs.

robosuite wraps `MjModel` and `MjData` and passes their attributes on, methods too: a method that was passed
on knows the object that it belongs to.
"""

from __future__ import annotations

from typing import Any

import mujoco

from benchmarks.assets.libero_setup import quiet_robosuite

quiet_robosuite()

from robosuite.utils.binding_utils import MjSim  # noqa: E402  (imported quietly)

StockEnv = Any
"""A robosuite environment with one arm: LIBERO's, or a `benchmarks.build.robosuite_task.LiberoLike`. Both
libraries are untyped; readers in `benchmarks.build` turn what is needed of them into typed data."""
StockPart = Any
"""An object, fixture, robot, controller or sampler of such an environment."""


def wrapped(model: mujoco.MjModel) -> MjSim:
    """A robosuite simulation of `model`, with data of its own."""
    return MjSim(model)


def model_of(sim: MjSim) -> mujoco.MjModel:
    """The model that a robosuite simulation works on."""
    model: mujoco.MjModel = sim.model.body.__self__
    return model


def data_of(sim: MjSim) -> mujoco.MjData:
    """The data that a robosuite simulation works on."""
    data: mujoco.MjData = sim.data.body.__self__
    return data


def move_onto(env: StockEnv, sim: MjSim) -> StockEnv:
    """Let a robosuite environment, its robots and their controllers work on another simulation of an equal
    model; returns the environment."""
    env.sim = sim
    for robot in env.robots:
        robot.reset_sim(sim)
        robot.controller.sim = sim
    return env


def goal_holds(env: StockEnv) -> bool:
    """LIBERO's or robosuite's own check of success: their sparse reward is above zero where it holds."""
    return bool(env.reward(None) > 0)


def show_state(env: StockEnv) -> None:
    """What LIBERO does after every step: show and hide sites, such as a stove's glowing burner."""
    for state in env.tracking_object_states_change:
        state.update_state()
