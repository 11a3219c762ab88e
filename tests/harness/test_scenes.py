"""Which tasks a study asks for: by number, by dimension, without those that cannot be run."""

from __future__ import annotations

from typing import Any

import pytest

from harness.core.errors import UserError
from harness.core.keys import Task
from harness.core.protocols import Suite
from harness.core.settings import Scenes
from harness.study.scenes import tasks_of

KINDS = ("camera", "noise", "light")


class Changed(Suite):
    """Nine tasks of three dimensions, of which one cannot be run."""

    name = "changed"
    max_steps, init_count = 10, 1

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(Task("changed", number, f"task-{number}", "go") for number in range(9))

    @property
    def dimensions(self) -> tuple[str, ...]:
        return KINDS

    def dimension(self, task_id: int) -> str:
        return KINDS[task_id % 3]

    def refusal(self, task_id: int) -> str:
        return "light needs lamps" if task_id % 3 == 2 else ""

    def make_env(self, task_id: int, **options: Any) -> Any:
        raise NotImplementedError

    def demonstrate(self, task_id: int, seeds: Any, **options: Any) -> Any:
        raise NotImplementedError


def test_dimensions_choose_and_what_cannot_run_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(tasks_of(Scenes(dimensions=("camera",)), Changed())) == {0, 3, 6}
    assert set(tasks_of(Scenes(dimensions=("camera", "noise"), task_ids=(0, 1, 2)), Changed())) == {0, 1}
    assert not capsys.readouterr().err
    everything = tasks_of(Scenes(), Changed())
    assert set(everything) == {0, 1, 3, 4, 6, 7}
    assert capsys.readouterr().err == "left out: 3 of 9 tasks: light needs lamps\n"


def test_the_order_mixes_tasks_and_stays_the_same_for_fewer() -> None:
    everything = tasks_of(Scenes(), Changed())
    assert everything != tuple(sorted(everything))
    camera = tasks_of(Scenes(dimensions=("camera",)), Changed())
    assert camera == tuple(number for number in everything if number in camera)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Scenes(dimensions=("light",)), "3 of 3 tasks cannot be run, first 2 of changed: light needs lamps"),
        (Scenes(task_ids=(0, 5)), "1 of 2 tasks cannot be run, first 5 of changed"),
        (Scenes(dimensions=("fog",)), "unknown dimension 'fog' of changed; known: camera, noise, light"),
        (
            Scenes(dimensions=("noise",), task_ids=(0,)),
            "none of the tasks asked for of changed changes noise",
        ),
        (Scenes(task_ids=(9,)), "no task 9 in changed"),
    ],
)
def test_bad_input_is_named(asked: Scenes, said: str) -> None:
    with pytest.raises(UserError, match=said):
        tasks_of(asked, Changed())
