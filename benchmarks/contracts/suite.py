"""What every suite must do."""

from __future__ import annotations

from itertools import islice

import numpy as np

from benchmarks.contracts.episodes import IMAGE_SIZE, Stage, play, require_same
from harness.core.contract import Contract, ContractError, require
from harness.core.demonstration import Demonstration
from harness.core.registry import NAME

SEEDS = 6
"""Demonstration seeds that are tried: a third of the experts' attempts may fail."""

STATES = 5
"""Official initial states that demonstrations must differ from."""


def tasks_are_numbered(stage: Stage) -> None:
    """Tasks are numbered from 0, belong to the suite and have a name and an instruction"""
    tasks = stage.suite.tasks
    require(len(tasks) > 0, "there are no tasks")
    for number, task in enumerate(tasks):
        require(task.task_id == number, f"task {number} has task_id {task.task_id}")
        require(task.suite == stage.suite.name, f"task {number} says that it is of suite {task.suite!r}")
        require(NAME.fullmatch(task.name) is not None, f"task {number} has the name {task.name!r}")
        require(bool(task.instruction.strip()), f"task {number} has no instruction")
    require(stage.suite.init_count > 0, f"init_count is {stage.suite.init_count}")
    require(stage.suite.max_steps > 0, f"max_steps is {stage.suite.max_steps}")


def observations_are_what_is_declared(stage: Stage) -> None:
    """Observations have the cameras, the state and the image size that `gives` declares"""
    gives = stage.suite.gives
    stage.env.begin(stage.key())
    seen = stage.env.observe()
    require(
        set(seen.images) == set(gives.cameras), f"cameras {sorted(seen.images)}, {gives.cameras} declared"
    )
    for camera, image in seen.images.items():
        found = f"{camera} is {image.dtype} {image.shape}"
        require(image.dtype == np.uint8 and image.shape == (IMAGE_SIZE, IMAGE_SIZE, 3), found)
    require(seen.state.shape == (gives.state.size,), f"state {seen.state.shape}, {gives.state.size} declared")
    require(seen.state.dtype == np.float32, f"state is {seen.state.dtype}, not float32")
    require(bool(np.isfinite(seen.state).all()), "the state is not finite")
    told = stage.suite.tasks[stage.task_id].instruction
    require(seen.instruction == told, f"instruction {seen.instruction!r}, the task's is {told!r}")


def the_key_decides(stage: Stage) -> None:
    """The same key and actions give the same images, states and outcomes, whatever was played between"""
    first = play(stage, stage.key())
    require_same(first, play(stage, stage.key()), "twice in a row")
    if stage.suite.init_count > 1:
        play(stage, stage.key(init_id=1))
        require_same(first, play(stage, stage.key()), "after another episode")


def initial_states_differ(stage: Stage) -> None:
    """Initial states differ from each other"""
    if stage.suite.init_count > 1:
        one, two = (play(stage, stage.key(init_id)).first for init_id in (0, 1))
        pairs = [(image, two.images[camera]) for camera, image in one.images.items()]
        same = np.array_equal(one.state, two.state) and all(np.array_equal(*pair) for pair in pairs)
        require(not same, "states 0 and 1 look the same")


def demonstrations_have_the_declared_shape(stage: Stage) -> None:
    """Demonstrations succeed, and have the declared cameras, states and actions in [-1, 1]"""
    found, gives = demonstration(stage), stage.suite.gives
    frames, count = len(found), len(found.image_steps)
    require(found.success, "a demonstration is not a success")
    require(set(found.images) == set(gives.cameras), f"cameras {sorted(found.images)}")
    for camera, images in found.images.items():
        expected = (count, IMAGE_SIZE, IMAGE_SIZE, 3)
        require(images.shape == expected, f"{camera} is {images.shape}, not {expected}")
    require(count > 0 and found.image_steps[0] == 0, "the first step has no images")
    require(bool((np.diff(found.image_steps) > 0).all()), "image_steps do not increase")
    require(found.state.shape == (frames, gives.state.size), f"state is {found.state.shape}")
    for name, array in (("actions", found.actions), ("executed", found.executed)):
        require(array.shape == (frames, gives.action.size), f"{name} is {array.shape}")
        require(bool((np.abs(array) <= 1).all()), f"{name} leaves [-1, 1]")


def demonstrations_are_decided_by_the_seed(stage: Stage) -> None:
    """What a seed yields depends on nothing but the seed"""
    found = demonstration(stage)
    again = next(iter(demonstrate(stage, [found.seed])))[1]
    require(again is not None, f"seed {found.seed} yields a demonstration at one time only")
    for name in ("state", "actions", "executed", "sim_states"):
        same = np.array_equal(getattr(found, name), getattr(again, name))
        require(same, f"{name} of seed {found.seed} differ from time to time")


def demonstrations_show_no_official_state(stage: Stage) -> None:
    """Demonstrations start from placements that are no official initial state"""
    start = demonstration(stage)
    for init_id in range(min(STATES, stage.suite.init_count)):
        stage.env.begin(stage.key(init_id))
        seen = stage.env.observe()
        same = np.array_equal(seen.state, start.state[0])
        same &= all(np.array_equal(image, start.images[camera][0]) for camera, image in seen.images.items())
        require(not same, f"the demonstration of seed {start.seed} starts from initial state {init_id}")


def demonstrate(stage: Stage, seeds: list[int]) -> list[tuple[int, Demonstration | None]]:
    """What the suite's expert makes of seeds."""
    made = stage.suite.demonstrate(
        stage.task_id, seeds, assets=stage.assets, image_size=IMAGE_SIZE, render=stage.render
    )
    return list(islice(made, len(seeds)))


def demonstration(stage: Stage) -> Demonstration:
    """The first successful demonstration. Raises ContractError where there is none."""
    for seed in range(SEEDS):
        for yielded, found in demonstrate(stage, [seed]):
            require(yielded == seed, f"seed {seed} was asked for, {yielded} came")
            if found is not None:
                return found
    raise ContractError(f"no demonstration from seeds 0 to {SEEDS - 1}")


CONTRACT = Contract(
    (
        tasks_are_numbered,
        observations_are_what_is_declared,
        the_key_decides,
        initial_states_differ,
        demonstrations_have_the_declared_shape,
        demonstrations_are_decided_by_the_seed,
        demonstrations_show_no_official_state,
    )
)
