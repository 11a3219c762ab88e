"""A task file of one's own: what is read of it, what is refused, and an episode of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.suites import _task_file
from benchmarks.suites._task_file import suite_from_file
from benchmarks.suites.libero_spatial import SUITE
from harness.core import registry
from harness.core.errors import UserError
from harness.core.keys import EpisodeKey


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Libero_spatial's first task with a goal of one's own."""
    text = SUITE.task_file(0).read_text().replace("(On akita_black_bowl_1 plate_1)", "(On cookies_1 plate_1)")
    path = tmp_path / "my cookies.bddl"
    path.write_text(text)
    return path


def changed(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_name_and_instruction_come_from_the_file(file: Path) -> None:
    suite = suite_from_file(file)
    assert suite.name.startswith("my-cookies-")
    (task,) = suite.tasks
    assert task.suite == suite.name
    assert task.instruction.startswith("pick the akita black bowl between")
    assert suite_from_file(file) == suite
    changed(file, "(:language Pick the", "(:language Take the")
    assert suite_from_file(file).name != suite.name
    changed(file, "(:language Take", "(:languages Take")
    assert suite_from_file(file).tasks[0].instruction == "my cookies"


def test_what_libero_could_not_read_is_refused_in_one_line(file: Path, tmp_path: Path) -> None:
    whole = file.read_text()
    for old, new, complaint in (
        ("(define", "define", "is no BDDL"),
        ("(define (problem", "(defin (problem", "begins with 'defin'"),
        ("(:goal", "(:aim", r"has no \(:goal ...\)"),
        (
            "LIBERO_Tabletop",
            "LIBERO_Moon",
            "'libero_moon_manipulation'; known: libero_coffee",
        ),
        ("(On cookies_1 plate_1)", "(On cookies_2 plate_1)", "names 'cookies_2', which is not declared"),
    ):
        file.write_text(whole.replace(old, new, 1))
        with pytest.raises(UserError, match=complaint) as caught:
            suite_from_file(file)
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match=r"cannot read task file .*No such file"):
        suite_from_file(tmp_path / "none.bddl")
    file.write_text(whole.replace("cookies_1 - cookies", "cookies_1 - sofa"))
    with pytest.raises(UserError, match="no object 'sofa'; known: akita_black_bowl"):
        _task_file.check_kinds(file)


def test_it_is_a_suite_whose_placements_follow_the_initial_state_number(file: Path) -> None:
    suite = registry.find("suite", str(file))
    env = suite.make_env(0, assets="original", image_size=32, render="fast")

    def start(init_id: int) -> np.ndarray:
        env.begin(EpisodeKey("any", suite.name, 0, init_id, 0))
        return env.sim.state()

    first, second = start(0), start(1)
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_array_equal(start(0), first)
    assert env.observe().instruction == suite.tasks[0].instruction
    assert not env.advance(np.zeros(7))
    assert env.sim.goal == [["on", "cookies_1", "plate_1"]]
    env.close()


def test_the_expert_demonstrates_it(file: Path) -> None:
    suite = suite_from_file(file)
    attempts = suite.demonstrate(0, range(4), assets="original", image_size=32, render="fast")
    found = next(demonstration for _, demonstration in attempts if demonstration)
    assert found.success
    assert found.task.suite == suite.name
