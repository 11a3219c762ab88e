"""robosuite's Lift: compiled once for each machine, and what LIBERO's tasks have that it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.assets.libero_setup import check_mujoco, quiet_robosuite
from benchmarks.build import reshape
from benchmarks.build.model_cache import compiled
from benchmarks.build.task_reader import compiled_task
from benchmarks.sim.compiled_task import CompiledTask
from benchmarks.sim.goals import Raised
from benchmarks.sim.reference_engine import simulation_class
from benchmarks.sim.robosuite_binding import StockPart
from benchmarks.sim.simulation import Simulation, numpy_seed
from harness.core.errors import UserError
from harness.core.rng import derive_rng

quiet_robosuite()

import robosuite  # noqa: E402  (imported quietly)
from robosuite.environments.manipulation.lift import Lift  # noqa: E402
from robosuite.models import objects  # noqa: E402

INIT_COUNT = 50

LIFT_HEIGHT = 0.04
"""m over the table that robosuite's Lift asks for."""

PARKING = (0.0, 1.6)
"""Where the first of the added objects waits on the floor, x and y m, out of both cameras' sight."""

PARKING_DISTANCE = 0.2
"""Distance of those that wait, m."""


class LiftTask(Lift):
    """Lift with what LIBERO's environments have, and with some things otherwise where asked for.

    robosuite registers it by its name. `_load_model` is its documented hook for subclasses.
    """

    fixtures_dict: ClassVar[Mapping[str, StockPart]] = {}
    parsed_problem: ClassVar[Mapping[str, Sequence[Sequence[str]]]] = {"goal_state": ()}
    tracking_object_states_change: ClassVar[Sequence[StockPart]] = ()

    def __init__(
        self,
        *,
        stretch: tuple[str, tuple[float, float, float]] | None = None,
        extras: Sequence[str] = (),
        **given: Any,
    ) -> None:
        """`stretch` is an object and its factors along the axes of the world, `extras` are kinds."""
        self.stretch, self.extras = stretch, extras
        super().__init__(**given)

    @property
    def workspace_offset(self) -> NDArray[np.float64]:
        """Middle of the table's top, [3] m."""
        return np.asarray(self.table_offset)

    def _load_model(self) -> None:
        super()._load_model()
        if self.stretch:
            name, factors = self.stretch
            body = self.model.worldbody.find(f"body[@name='{name}_main']")
            reshape.scale(body, self.model.asset, np.array(factors))
        for number, kind in enumerate(self.extras):
            item = build_object(kind, f"distractor_{number + 1}")
            self.model.merge_objects([item])
            self.model.mujoco_objects.append(item)
            place = (PARKING[0] + number * PARKING_DISTANCE, PARKING[1], -item.bottom_offset[2])
            body = self.model.worldbody.find(f"body[@name='{item.root_body}']")
            body.set("pos", " ".join(f"{value:.6g}" for value in place))


def build_object(kind: str, name: str) -> StockPart:
    """robosuite's own object of a `kind` such as milk. Raises UserError for one that it lacks."""
    found = vars(objects).get(f"{kind.title()}Object")
    if found is None:
        raise UserError(f"no object {kind!r} in robosuite; choose one of benchmarks.variations.distractors")
    return found(name=name)


def lift_environment(robot: str = "Panda", gripper: str = "default", **more: Any) -> LiftTask:
    """A `LiftTask` that takes `more`, just reset. The cube's size is drawn when it is built: seeded."""
    with numpy_seed(derive_rng("robosuite_lift", "build")):
        env: LiftTask = robosuite.make(
            LiftTask.__name__,
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


def lift_task(env: LiftTask) -> CompiledTask:
    """Describe a `LiftTask`, whose goal no task file says."""
    task = compiled_task(env)
    height = float(env.model.mujoco_arena.table_offset[2]) + LIFT_HEIGHT
    goal = (Raised(int(env.cube_body_id), height),)
    return replace(task, description=replace(task.description, predicates=goal))


def compile_lift() -> CompiledTask:
    """Lift with its initial states, which robosuite has to place."""
    env = lift_environment()
    task = lift_task(env)
    simulation, states = Simulation(task, env=env), []
    for init_id in range(INIT_COUNT):
        simulation.load_sampled(derive_rng("robosuite_lift", "evaluation", init_id))
        states.append(simulation.state())
    return replace(task, description=replace(task.description, init_states=np.stack(states)))


def lift_simulation(engine: str = "fast") -> Simulation:
    """The simulation of Lift; robosuite builds it when it is not in the cache of compiled tasks."""
    check_mujoco()
    task = compiled("lift", {"task": "Lift", "starts": INIT_COUNT}, compile_lift)
    return simulation_class(engine)(task, build=lift_environment)
