"""robosuite's Lift: what its goal is, as a predicate that needs no robosuite."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks.assets.libero_setup import check_mujoco
from benchmarks.build.model_cache import compiled
from benchmarks.build.robosuite_task import INIT_COUNT, environment, with_starts
from benchmarks.build.task_reader import compiled_task
from benchmarks.sim.compiled_task import CompiledTask
from benchmarks.sim.goals import Raised
from benchmarks.sim.reference_engine import simulation_class
from benchmarks.sim.robosuite_binding import StockEnv
from benchmarks.sim.simulation import Simulation

LIFT_HEIGHT = 0.04
"""m over the table that robosuite's Lift asks for."""


def lift_environment(robot: str = "Panda", gripper: str = "default", **more: Any) -> StockEnv:
    """Lift that takes `more`, just reset."""
    return environment("Lift", robot, gripper, **more)


def lift_task(env: StockEnv) -> CompiledTask:
    """Describe Lift, whose goal no task file says."""
    task = compiled_task(env)
    height = float(env.model.mujoco_arena.table_offset[2]) + LIFT_HEIGHT
    goal = (Raised(int(env.cube_body_id), height),)
    return replace(task, description=replace(task.description, predicates=goal))


def compile_lift() -> CompiledTask:
    """Lift with its initial states."""
    env = lift_environment()
    return with_starts("Lift", env, lift_task(env))


def lift_simulation(engine: str = "fast") -> Simulation:
    """The simulation of Lift; robosuite builds it when it is not in the cache of compiled tasks."""
    check_mujoco()
    task = compiled("lift", {"task": "Lift", "starts": INIT_COUNT}, compile_lift)
    return simulation_class(engine)(task, build=lift_environment)
