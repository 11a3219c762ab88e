"""The command in a report makes the same study again, whatever flags it was made with."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from harness.core.files import plain
from harness.core.versions import MUJOCO
from harness.records.run_directory import RunDirectory
from harness.study import options
from harness.study import study as study_module
from harness.study.study import Study, resolve
from results.records.reproduce import IRRELEVANT, REPRODUCED, command

FLAGS = {option for action in options._parser()._actions for option in action.option_strings}
FLAGS = {flag for flag in FLAGS if not flag.startswith("--no-")} - {"-h", "--help"}

UNUSUAL = (
    *("--engine=reference", "--render=exact", "--assets=hub", "--recipe=paper", "--adapt-per=suite"),
    *(
        "--variations=fake-shift:1-2",
        "--seeds=1,3-5",
        "--num-heads=2",
        "--sweep",
    ),
    *("--selector=fisher", "--include-dead", "--resamples=2", "--forgetting=3", "--replan=5", "--limit=7"),
    *("--inference=server", "--batch-size=5", "--compile"),
)


def test_every_flag_is_reproduced_or_said_to_be_irrelevant() -> None:
    assert {*REPRODUCED, *IRRELEVANT} == FLAGS
    assert not REPRODUCED.keys() & IRRELEVANT.keys()


@pytest.mark.parametrize("flags", [(), UNUSUAL, ("--no-sweep",)])
@pytest.mark.usefixtures("adaptation")
def test_the_command_makes_the_same_study(
    flags: tuple[str, ...],
    make_study: Callable[..., Study],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(study_module, "checked_compile", bool)  # a compiler may be missing here
    study = make_study(*flags)
    RunDirectory(tmp_path / "run", study, {}).close()
    saved = json.loads((tmp_path / "run" / "study.json").read_text())
    words = shlex.split(command(saved))
    assert words[:3] == ["python", "-m", "harness.run"]
    again = resolve(options.parse(words[3:]), mujoco="")
    assert plain(asdict(again)) == plain(asdict(study))
    if flags == UNUSUAL:
        assert {word for word in words if word.startswith("--")} == {*REPRODUCED} - {"--any-mujoco"}


def test_another_simulator_has_to_be_allowed_again(make_study: Callable[..., Study]) -> None:
    study = make_study()
    assert "--any-mujoco" in command(plain(asdict(replace(study, mujoco="3.4.0"))))
    assert "--any-mujoco" not in command(plain(asdict(replace(study, mujoco=MUJOCO))))


def test_a_run_of_an_earlier_version_gives_what_it_recorded() -> None:
    assert command({}) == ""
    found = command({"suite": "libero_goal", "methods": ["frozen", "lora"], "task_ids": [0, 1, 2, 5]})
    assert found == "python -m harness.run --suite libero_goal --method frozen,lora --tasks 0-2,5"
