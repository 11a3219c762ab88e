"""LIBERO tasks with another robot, reshaped objects or objects added, from the official task file."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from pathlib import Path

from benchmarks.assets.libero_setup import libero_assets
from benchmarks.build import reshape, robots
from benchmarks.build.libero_task import construct
from benchmarks.build.rebuilt_simulation import RebuiltSimulation
from benchmarks.build.task_reader import compiled_task
from benchmarks.sim import scene_objects
from benchmarks.sim.compiled_task import Changes
from benchmarks.sim.simulation import Simulation, numpy_seed
from harness.core.errors import UserError
from harness.core.files import write_whole
from harness.core.paths import cache_dir
from harness.core.rng import derive_rng

PARKING = "(-0.35 1.6 0.35 2.2)"
"""Where added objects wait, x and y m: beside the workspace, out of both cameras' sight."""


def rebuild(own: Simulation, changes: Changes) -> RebuiltSimulation:
    """The task of `own` with `changes`. Raises UserError for what cannot be built."""
    path = Path(own.env.bddl_file_name)
    extras = changes.get("extras", ())
    if extras:
        path = with_extras(path, own.env.workspace_name, extras)
    robot, gripper = changes.get("robot", "Panda"), changes.get("gripper", "PandaGripper")
    robots.register(robot)
    with ExitStack() as inside:
        inside.enter_context(libero_assets(Path(own.env.custom_asset_dir)))
        inside.enter_context(numpy_seed(derive_rng("rebuild", sorted(changes.items()))))
        if "stretch" in changes:
            inside.enter_context(reshape.stretched(own, *changes["stretch"]))
        if "category" in changes:
            inside.enter_context(reshape.replaced(own, *changes["category"]))
        env = construct(type(own.env), path, robot, gripper)
        robots.stand(env, own, changes.get("base", (0.0, 0.0)))
    simulation = RebuiltSimulation(compiled_task(env), env, changes)
    for number in range(len(extras)):
        _onto_the_floor(simulation, f"distractor_{number + 1}_joint0", own)
    if "category" in changes:
        name = changes["category"][0]
        simulation.stand_otherwise(f"{name}_joint0", _below(simulation, name) - _below(own, name))
    return simulation


def with_extras(path: Path, workspace: str, categories: tuple[str, ...]) -> Path:
    """The task file with `distractor_1` and so on, placed where nobody sees them; kept in the cache."""
    from libero.libero.envs.objects import OBJECTS_DICT

    for category in categories:
        if category not in OBJECTS_DICT:
            raise UserError(f"no object {category!r} in LIBERO; known: {', '.join(sorted(OBJECTS_DICT))}")
    text = path.read_text()
    names = [f"distractor_{number + 1}" for number in range(len(categories))]
    objects = "".join(f"\n    {name} - {kind}" for name, kind in zip(names, categories, strict=True))
    places = "".join(f"\n    (On {name} {workspace}_parking_region)" for name in names)
    region = f"\n    (parking_region (:target {workspace}) (:ranges ({PARKING})))"
    for head, added in (("(:regions", region), ("(:objects", objects), ("(:init", places)):
        text = text.replace(head, head + added, 1)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    target = cache_dir() / "tasks" / f"{path.stem[:80]}-{digest}.bddl"
    write_whole(target, text.encode())
    return target


def _onto_the_floor(simulation: RebuiltSimulation, joint: str, own: Simulation) -> None:
    """Added objects were placed at the height of the table, beside it."""
    height = simulation.start_height(joint)
    simulation.set_start_height(joint, height - own.env.workspace_offset[2])


def _below(simulation: Simulation, name: str) -> float:
    """How far an object reaches below its origin where LIBERO places it, m."""
    item = scene_objects.movables(simulation)[name]
    return scene_objects.extent(simulation, item)[1]
