"""Demonstrations of a dataset become those of a study: chosen, checked, converted once and vouched for.

A study seed draws its demonstrations among those of the task without replacement, by a generator of its own.
They are kept below the cache folder like the expert's, under the candidate seeds that the study looks for.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core.dataset import Dataset, Entry, Episode
from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.keys import EpisodeKey, Task
from harness.core.protocols import Suite
from harness.core.rng import derive_rng
from harness.core.settings import Simulation
from harness.interchange import checks, manifest, orientation, placements
from harness.interchange.sources import format_of, located
from harness.records.demo_store import SEEDS_APART, Attempt, DemoStore

Fit = Callable[[NDArray[np.uint8], int], NDArray[np.uint8]]
"""Resizes [n, height, width, 3] to squares."""

LOOKED_AT = 3
"""Demonstrations of each task that are examined before any is converted."""

ENDS = 2**16
"""Bytes of each end of a file that are part of a dataset's label, beside its size."""


@dataclass(frozen=True)
class Wanted:
    """What a study asks of a dataset."""

    suite: Suite
    simulation: Simulation
    task_ids: tuple[int, ...]
    seeds: tuple[int, ...]
    demos: int
    """Per task and study seed."""
    cameras: tuple[str, ...]

    @cached_property
    def official(self) -> Mapping[int, NDArray[np.float64] | None]:
        """Task -> official initial states, on which policies are judged; None where there are none."""
        return {task_id: self.suite.init_states(task_id) for task_id in self.task_ids}


@dataclass(frozen=True)
class Source:
    """An open dataset whose episodes are sorted by task."""

    path: Path
    format: str
    dataset: Dataset
    by_task: Mapping[int, tuple[int, ...]]
    """Task -> indices of its entries, in the order of the dataset."""
    label: str
    """Name of the format and hash of the files."""


def open_source(spec: str, wanted: Wanted) -> Source:
    """Find, open and sort a dataset. Raises UserError where it lacks something that is wanted."""
    path = located(spec)
    form = format_of(path)
    dataset = form.open(path, wanted.cameras)
    tasks = {task.task_id: task for task in wanted.suite.tasks}
    by_task = {
        task_id: tuple(
            index for index, entry in enumerate(dataset.entries) if shows(entry, tasks[task_id], wanted.suite)
        )
        for task_id in wanted.task_ids
    }
    for task_id, found in by_task.items():
        if len(found) < wanted.demos:
            told = sorted({entry.instruction or entry.task_name for entry in dataset.entries})
            raise UserError(
                f"--demos-from {spec}: {len(found)} demonstrations of task {task_id} "
                f"({tasks[task_id].instruction!r}), {wanted.demos} are needed; ask for what it "
                f"has (it shows: {'; '.join(told)[:300] or 'nothing'})"
            )
    files = sorted({file for entry in dataset.entries for file in entry.files})
    return Source(path, form.name, dataset, by_task, f"{form.name}:{_digest(path, files)}")


def shows(entry: Entry, task: Task, suite: Suite) -> bool:
    """Whether an episode is of a task: by the task's name where the dataset has one, else by what is said."""
    if entry.task_name in {each.name for each in suite.tasks}:
        return entry.task_name == task.name
    return _words(entry.instruction) == _words(task.instruction)


def _words(text: str) -> str:
    return " ".join(text.lower().strip(" .").split())


def _digest(path: Path, files: Sequence[Path]) -> str:
    """Of names, sizes and ends of files. The content of what is used is hashed with every adaptation."""
    found = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            size = file.stat().st_size
            first = opened.read(ENDS)
            opened.seek(max(0, size - ENDS))
            name = file.relative_to(path if path.is_dir() else path.parent).as_posix()
            found.update(f"{name}|{size}|".encode() + first + opened.read())
    return found.hexdigest()[:16]


def chosen(source: Source, task_id: int, seed: int, demos: int, suite: str) -> tuple[int, ...]:
    """The entries that a study seed learns a task from. Fewer demonstrations are the first of more."""
    found = source.by_task[task_id]
    order = derive_rng("demos-from", suite, task_id, seed).permutation(len(found))
    return tuple(found[place] for place in order[:demos])


def store_of(source: Source, wanted: Wanted, root: Path) -> DemoStore:
    """Where the converted demonstrations are."""
    simulation = wanted.simulation
    return DemoStore(
        root,
        wanted.suite.name,
        "",
        simulation.image_size,
        "",
        "",
        origin=f"{source.label}|{','.join(wanted.cameras)}",
    )


def convert(source: Source, wanted: Wanted, root: Path, fit: Fit, *, assets: str) -> tuple[DemoStore, str]:
    """Check and convert what is not yet there; returns the store, and what is known of placements.

    The first demonstrations of every task are examined before any is converted, the others as they are
    read. One that begins from an official initial state is an error. Raises UserError.
    """
    store = store_of(source, wanted, root)
    todo: list[tuple[int, int, int]] = []  # task, seed in the store, entry
    used: set[Path] = set()
    for task_id in wanted.task_ids:
        known = {attempt.seed: attempt for attempt in store.attempts(task_id)}
        for seed in wanted.seeds:
            for place, entry in enumerate(chosen(source, task_id, seed, wanted.demos, wanted.suite.name)):
                used |= set(source.dataset.entries[entry].files)
                slot = seed * SEEDS_APART + place
                if slot not in known:
                    todo.append((task_id, slot, entry))
    said = manifest.placements(source.path, sorted(used))
    if todo:
        _examine(source, wanted, todo, assets)
        count = len(todo)
        print(f"converting {count} demonstrations of {source.path}", file=sys.stderr, flush=True)
    for task_id, slot, entry in todo:
        episode = source.dataset.load(entry)
        _check(source, wanted, task_id, {entry: episode})
        task = wanted.suite.tasks[task_id]
        demo = demonstration(episode, task, slot, source.label, wanted.simulation.image_size, fit)
        store.save(task_id, Attempt(slot, True, len(demo), 0.0), demo)
    if said == placements.UNKNOWN and all(_states_known(source, wanted, task) for task in wanted.task_ids):
        said = placements.CHECKED
    return store, said


def _where(source: Source, entry: int) -> str:
    return f"{source.path.name}, {source.dataset.entries[entry].where}"


def _examine(source: Source, wanted: Wanted, todo: Sequence[tuple[int, int, int]], assets: str) -> None:
    """Check numbers of some demonstrations of each task together, and the images of the first task's."""
    first_task = todo[0][0]
    for task_id in sorted({task for task, _, _ in todo}):
        entries = [entry for task, _, entry in todo if task == task_id][:LOOKED_AT]
        episodes = {entry: source.dataset.load(entry) for entry in entries}
        _check(source, wanted, task_id, episodes)
        if task_id == first_task:
            images = {
                camera: [episode.images[camera][0] for episode in episodes.values()]
                for camera in wanted.cameras
            }
            orientation.check(images, drawn(wanted, task_id, assets), _where(source, entries[0]))


def _check(source: Source, wanted: Wanted, task_id: int, episodes: Mapping[int, Episode]) -> None:
    """Numbers of episodes of a task together, and where each begins; `episodes` by their entries."""
    checks.check(source.dataset, [*episodes.values()], _where(source, next(iter(episodes))), wanted.suite)
    for entry, episode in episodes.items():
        _check_placement(source, entry, episode, task_id, wanted.official[task_id])


def drawn(wanted: Wanted, task_id: int, assets: str) -> Mapping[str, NDArray[np.uint8]]:
    """What the suite's cameras show of a task at the start of an episode."""
    simulation = wanted.simulation
    env = wanted.suite.make_env(
        task_id,
        assets=assets,
        image_size=simulation.image_size,
        render=simulation.render,
        engine=simulation.engine,
    )
    try:
        env.begin(EpisodeKey("orientation", wanted.suite.name, task_id, 0, 0))
        return env.observe().images
    finally:
        env.close()


def _states_known(source: Source, wanted: Wanted, task_id: int) -> bool:
    """Whether the initial states of a task's demonstrations could be compared with the official ones."""
    official = wanted.official[task_id]
    if official is None:
        return False
    entry = source.by_task[task_id][0]
    return source.dataset.load(entry).sim_states.shape[1] == official.shape[1]


def _check_placement(
    source: Source, entry: int, episode: Episode, task_id: int, official: NDArray[np.float64] | None
) -> None:
    if official is None or not episode.sim_states.shape[1]:
        return
    if (state := placements.official(episode.sim_states[0], official)) is not None:
        raise UserError(
            f"{_where(source, entry)} begins from official initial state {state} of task {task_id}, on which "
            "policies are judged; leave it out of the dataset"
        )


def demonstration(episode: Episode, task: Task, seed: int, label: str, size: int, fit: Fit) -> Demonstration:
    """An episode as the store keeps it: images at the policy's size, where they are larger."""
    return Demonstration(
        task=task,
        seed=seed,
        success=True,
        image_steps=np.arange(len(episode.actions), dtype=np.int32),
        images={camera: fit(images, size) for camera, images in episode.images.items()},
        state=episode.state,
        actions=np.clip(episode.actions, -1.0, 1.0),
        executed=np.clip(episode.actions, -1.0, 1.0),
        sim_states=episode.sim_states,
        assets=label,
    )


def write_all(dataset: Dataset, folder: Path, size: int, fit: Fit) -> None:
    """Write every demonstration of a dataset into a folder, numbered; those told alike are of one task.

    Raises UserError for a damaged one, and for a dataset without any.
    """
    told: dict[str, int] = {}
    for index, entry in enumerate(dataset.entries):
        instruction = entry.instruction or entry.task_name.replace("_", " ")
        task = Task("dataset", told.setdefault(instruction, len(told)), entry.task_name, instruction)
        demonstration(dataset.load(index), task, index, entry.where, size, fit).save(
            folder / f"{index:06d}.npz"
        )


def labelled(simulation: Simulation, source: Source, known: str) -> Simulation:
    """The simulation with what a study records of where its demonstrations are from."""
    return replace(simulation, demos_label=source.label, demos_placements=known)
