"""robosuite's own tasks: built with what LIBERO's have, compiled once for each machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.assets.libero_setup import check_mujoco, quiet_robosuite
from benchmarks.build import reshape, robots
from benchmarks.build.model_cache import compiled
from benchmarks.build.rebuilt_simulation import RebuiltSimulation
from benchmarks.build.task_reader import compiled_task
from benchmarks.sim.compiled_task import Changes, CompiledTask
from benchmarks.sim.reference_engine import simulation_class
from benchmarks.sim.robosuite_binding import StockEnv, StockPart
from benchmarks.sim.simulation import Simulation, numpy_seed
from harness.core.errors import UserError
from harness.core.rng import derive_rng

quiet_robosuite()

import robosuite  # noqa: E402  (imported quietly)
from robosuite.environments.base import REGISTERED_ENVS  # noqa: E402
from robosuite.environments.manipulation.manipulation_env import ManipulationEnv  # noqa: E402
from robosuite.models import objects  # noqa: E402

INIT_COUNT = 50

PARKING = (0.0, 1.6)
"""Where the first of the added objects waits on the floor, x and y m, out of both cameras' sight."""

PARKING_DISTANCE = 0.2
"""Distance of those that wait, m."""


class LiberoLike(ManipulationEnv):
    """What LIBERO's environments have, for a task of robosuite, and some things otherwise where asked for.

    Stands before robosuite's class among the bases. `_load_model` is its documented hook for subclasses.
    """

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
    def fixtures_dict(self) -> Mapping[str, StockPart]:
        """What stands elsewhere in each episode without a free joint: its pose is the model's."""
        return {"door": vars(self)["door"]} if "door" in vars(self) else {}

    @property
    def workspace_offset(self) -> NDArray[np.float64]:
        """Middle of what things stand on, [3] m: the table's top, or the bin that they come from."""
        return np.asarray(vars(self)["bin1_pos" if "bin1_pos" in vars(self) else "table_offset"])

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


@cache
def task_class(name: str) -> Callable[..., StockEnv]:
    """robosuite's environment `name` as a `LiberoLike`, which robosuite registers as `<name>Task`."""
    base = REGISTERED_ENVS[name]
    made: Callable[..., StockEnv] = type(base)(f"{name}Task", (LiberoLike, base), {})
    return made


def environment(name: str, robot: str = "Panda", gripper: str = "default", **more: Any) -> StockEnv:
    """robosuite's `name`, which takes `more`, just reset. Sizes are drawn when it is built: seeded."""
    task_class(name)
    with numpy_seed(derive_rng(f"robosuite_{name.lower()}", "build")):
        env = robosuite.make(
            f"{name}Task",
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


def with_starts(name: str, env: StockEnv, task: CompiledTask) -> CompiledTask:
    """`task` with its initial states, which robosuite has to place in `env`."""
    simulation, states = Simulation(task, env=env), []
    for init_id in range(INIT_COUNT):
        simulation.load_sampled(derive_rng(f"robosuite_{name.lower()}", "evaluation", init_id))
        states.append(simulation.state())
    return replace(task, description=replace(task.description, init_states=np.stack(states)))


def simulation_of(name: str, engine: str = "fast") -> Simulation:
    """The simulation of robosuite's `name`, built by it when it is not in the cache of compiled tasks.

    robosuite itself says whether the goal holds: its sparse reward is above zero then.
    """
    check_mujoco()

    def build() -> CompiledTask:
        env = environment(name)
        return with_starts(name, env, _described(env))

    task = compiled(name.lower(), {"task": name, "starts": INIT_COUNT, "goal": "robosuite"}, build)
    return simulation_class(engine)(task, build=lambda: environment(name))


def _described(env: StockEnv) -> CompiledTask:
    """`env` without goal predicates, of which no task file says any: robosuite is asked."""
    task = compiled_task(env)
    return replace(task, description=replace(task.description, predicates=None))


def rebuild(name: str, own: Simulation, changes: Changes) -> RebuiltSimulation:
    """robosuite's `name` with `changes`: `robot`, `gripper`, `base`, `stretch` and `extras`.

    Raises UserError for an unknown arm or kind.
    """
    robot = changes.get("robot", "Panda")
    robots.register(robot)
    gripper = changes.get("gripper", "PandaGripper")
    parts = {"stretch": changes.get("stretch"), "extras": changes.get("extras", ())}
    env = environment(name, f"Bare{robot}", gripper, **parts)
    robots.stand(env, own, changes.get("base", (0.0, 0.0)))
    return RebuiltSimulation(_described(env), env, changes)
