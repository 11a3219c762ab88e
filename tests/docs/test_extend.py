"""Every example of docs/extend.md keeps its contract and takes part in a study."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness import check
from harness.core import registry

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "extend.md").read_text()
FILES = dict(re.findall(r'^```\w+ title="([^"/]+)"\n(.*?)^```', TEXT, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"^python -m (harness\.\w+) (.*)$", TEXT, re.MULTILINE)
CHECKED = [words for command, words in COMMANDS if command == "harness.check" and "NAME" not in words]
RUN = [words for command, words in COMMANDS if command == "harness.run"]
SIMULATED = ("my_gravity", "my_task")


def simulated(words: str) -> bool:
    return any(name in words for name in SIMULATED)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files of the page, in the folder of the command; what they named is unknown afterwards."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_outside", {})
    yield tmp_path
    for name in FILES:
        sys.modules.pop(Path(name).stem, None)


def test_there_is_an_example_of_each_kind():
    assert {"my_suite.py", "my_policy.py", "my_method.py", "my_selector.py", "my_task.bddl"} < set(FILES)
    assert len(CHECKED) == len(RUN) + 1 == 7


@pytest.mark.parametrize("words", [words for words in CHECKED if not simulated(words)])
def test_an_example_keeps_its_contract(folder, words, capsys):
    assert check.main(shlex.split(words)) == 0, capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("words", [words for words in CHECKED if simulated(words)])
def test_a_simulated_example_keeps_its_contract(folder, words, capsys):
    assert check.main(shlex.split(words)) == 0, capsys.readouterr().out


def run(folder: Path, words: str) -> None:
    command = [sys.executable, "-m", "harness.run", *shlex.split(words), "--workers", "1"]
    path = os.pathsep.join([str(folder), str(ROOT)])
    done = subprocess.run(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_suite_and_policy_take_part_in_a_study(folder):
    run(folder, RUN[0])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("words", RUN[1:])
def test_an_example_takes_part_in_a_study(folder, words):
    run(folder, words)
