"""The command in a report makes the same study again, whatever flags it was made with."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.files import plain
from harness.core.schema import flag_of, flat, settings_of
from harness.core.settings import Settings
from harness.core.versions import MUJOCO
from harness.records.run_directory import RunDirectory
from harness.study import options
from harness.study import resolve as resolving
from harness.study.names import look_up
from harness.study.resolve import resolve
from harness.study.study import Study
from results.records.reproduce import command

UNUSUAL = (
    *("--engine=reference", "--render=exact", "--assets=hub", "--recipe=paper", "--adapt-per=suite"),
    *(
        "--variations=fake-shift:1-2",
        "--seeds=1,3-5",
        "--num-heads=2",
        "--lr-sweep",
    ),
    *(
        "--selector=fisher",
        "--include-inert-heads",
        "--stability-splits=2",
        "--retention-episodes=3",
        "--replan-steps=5",
        "--limit=7",
    ),
    *("--inference=server", "--batch-size=5", "--compile", "--demos-from=data"),
)


@pytest.mark.parametrize("flags", [(), UNUSUAL, ("--no-lr-sweep",)])
@pytest.mark.usefixtures("adaptation")
def test_the_command_makes_the_same_study(
    flags: tuple[str, ...],
    make_study: Callable[..., Study],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolving, "check_training", lambda asked: None)  # a compiler may be missing here
    study = make_study(*flags)
    RunDirectory(tmp_path / "run", study, dict).close()
    saved = json.loads((tmp_path / "run" / "study.json").read_text())
    words = shlex.split(command(saved))
    assert words[:3] == ["python", "-m", "harness.run"]
    asked = options.parse(words[3:])
    again = resolve(asked, look_up(asked), mujoco="")
    assert plain(flat(again)) == plain(flat(study))
    if flags == UNUSUAL:
        assert {word for word in words if word.startswith("--")} == {
            flag_of(one) for one, _ in settings_of(Settings)
        } - {"", "--dimensions"}  # which the suite of this study has not


def with_mujoco(study: Study, version: str) -> Study:
    return replace(study, simulation=replace(study.simulation, mujoco=version))


def test_another_simulator_has_to_be_allowed_again(make_study: Callable[..., Study]) -> None:
    study = make_study()
    assert "--allow-mujoco-mismatch" in command(plain(flat(with_mujoco(study, "3.4.0"))))
    assert "--allow-mujoco-mismatch" not in command(plain(flat(with_mujoco(study, MUJOCO))))


def test_a_run_of_an_earlier_version_gives_what_it_recorded() -> None:
    assert command({}) == ""
    found = command({"suite": "libero_goal", "methods": ["frozen", "lora"], "task_ids": [0, 1, 2, 5]})
    assert found == "python -m harness.run --suite libero_goal --method frozen,lora --tasks 0-2,5"


def test_things_from_outside_are_asked_for_where_they_are() -> None:
    study = {
        "suite": "my_suite",
        "methods": ["frozen", "my-method"],
        "selector": "knn",
        "variations": ["lighting:2", "camera:1+my-haze:3"],
        "references": [
            "suite my_suite /a b/my.bddl",
            "method my-method mine:METHOD",
            "variation my-haze mine:HAZE",
            "policy my-policy mine:POLICY",
        ],
    }
    words = shlex.split(command(study))
    given = dict(zip(words[3::2], words[4::2], strict=True))
    assert given["--suite"] == "/a b/my.bddl"
    assert given["--method"] == "frozen,mine:METHOD"
    assert given["--variations"] == "lighting:2,camera:1+mine:HAZE:3"
    assert given["--selector"] == "knn"
