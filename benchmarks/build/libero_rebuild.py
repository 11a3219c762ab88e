"""LIBERO tasks with another robot, reshaped objects or objects added, from the official task file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.build import robots
from benchmarks.build import reshape
from benchmarks.build.rebuilt_simulation import RebuiltSimulation
from benchmarks.sim.simulation import Simulation
from benchmarks.sim.simulation import numpy_seed
from benchmarks.suites._libero import construct
from benchmarks.variations import _objects
from harness.core.errors import UserError
from harness.core.rng import derive_rng

PARKING = "(-0.35 1.6 0.35 2.2)"
"""Where added objects wait, x and y m: beside the workspace, out of both cameras' sight."""


def rebuild(own: Simulation, fields: Mapping[str, Any]) -> RebuiltSimulation:
    """The task of `own` with `fields`: `robot`, `gripper`, `base` (x, y m), `stretch` (object and factors
    along the world's axes) and `extras` (categories). Raises UserError for what cannot be built."""
    path = Path(own.env.bddl_file_name)
    extras = tuple(fields.get("extras", ()))
    if extras:
        path = with_extras(path, own.env.workspace_name, extras)
    robot, gripper = fields.get("robot", "Panda"), fields.get("gripper", "PandaGripper")
    robots.register(robot)
    with ExitStack() as changed:
        changed.enter_context(numpy_seed(derive_rng("rebuild", sorted(fields.items()))))
        if "stretch" in fields:
            changed.enter_context(reshape.stretched(own, *fields["stretch"]))
        if "category" in fields:
            changed.enter_context(reshape.replaced(own, *fields["category"]))
        env = construct(type(own.env), path, robot, gripper)
        robots.stand(env, own, fields.get("base", (0.0, 0.0)))
    simulation = RebuiltSimulation(env, fields)
    for number in range(len(extras)):
        _onto_the_floor(simulation, f"distractor_{number + 1}_joint0", own)
    if "category" in fields:
        name = fields["category"][0]
        simulation.stand_otherwise(f"{name}_joint0", _below(simulation, name) - _below(own, name))
    return simulation


def with_extras(path: Path, workspace: str, categories: tuple[str, ...]) -> Path:
    """The task file with `distractor_1` and so on, placed where nobody sees them; kept in the cache."""
    from libero.libero.envs.objects import OBJECTS_DICT

    from benchmarks.assets.packs import cache_dir

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
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


def _onto_the_floor(simulation: RebuiltSimulation, joint: str, own: Simulation) -> None:
    """Added objects were placed at the height of the table, beside it."""
    height = simulation.start_height(joint)
    simulation.set_start_height(joint, height - own.env.workspace_offset[2])


def _below(simulation: Simulation, name: str) -> float:
    """How far an object reaches below its origin where LIBERO places it, m."""
    item = _objects.movables(simulation)[name]
    return _objects.reach(simulation, item)[1]
