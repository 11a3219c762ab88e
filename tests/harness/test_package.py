"""The distribution: what it says that it needs, and the commands that it has."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from harness import __main__ as overview
from harness import __version__
from harness.core import registry
from harness.core.paths import LOCK, cache_dir, runs_dir
from harness.core.versions import MUJOCO, SIMULATORS
from harness.doctor import locked_versions
from harness.study import options

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


LOCKED = {canonical(name): version for name, version in locked_versions(LOCK)}


def test_the_lock_lies_within_the_declared_ranges() -> None:
    for text in PROJECT["dependencies"]:
        wanted = Requirement(text)
        if wanted.name != "torch":
            assert LOCKED[canonical(wanted.name)] in wanted.specifier, text
    assert LOCK.resolve() == ROOT / "requirements.txt"
    assert LOCKED["mujoco"] == MUJOCO
    for text in SIMULATORS:
        name, _, version = text.partition("==")
        assert LOCKED[canonical(name)] == version


def test_everything_imported_is_declared() -> None:
    """By name of the distribution; packages of the project, of Python and of the simulators are not."""
    distributions = {"cv2": "opencv-python-headless", "PIL": "pillow", "yaml": "PyYAML", "OpenGL": "PyOpenGL"}
    distributions |= {"sklearn": "scikit-learn"}
    declared = {canonical(Requirement(text).name) for text in PROJECT["dependencies"]}
    ours = {*overview.PACKAGES, "robosuite", "libero", "bddl", *sys.stdlib_module_names}
    for package in overview.PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for name in re.findall(r"^\s*(?:from|import) (\w+)", code_of(file.read_text()), re.MULTILINE):
                assert name in ours or canonical(distributions.get(name, name)) in declared, (file, name)


def code_of(text: str) -> str:
    """Without what stands in triple quotes."""
    return re.sub(r'""".*?"""', "", text, flags=re.DOTALL)


def test_every_folder_with_modules_is_a_package() -> None:
    for package in overview.PACKAGES:
        assert (ROOT / package / "py.typed").exists()
        for file in (ROOT / package).rglob("*.py"):
            assert (file.parent / "__init__.py").exists(), file


def test_the_overview_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert overview.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(re.fullmatch(r"python -m harness\.run +The main job", line) for line in lines)
    assert all(len(line.split()) > 4 for line in lines), "a command is not described"
    assert "python -m harness.__main__" not in " ".join(lines)
    assert overview.main(["nonsense"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("read", [overview.main, options.parse])
def test_every_command_says_its_version(
    read: Callable[[list[str]], object], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        read(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"steering-benchmark {__version__}\n"
    assert "version" in PROJECT["dynamic"]


def test_folders_follow_the_user_and_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HARNESS_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_dir() == tmp_path / "cache" / "steering-benchmark"
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "other"))
    assert cache_dir() == tmp_path / "other"
    monkeypatch.chdir(tmp_path)
    assert runs_dir() == tmp_path / "results" / "runs"


def test_contributing_names_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`((?:harness|benchmarks|baselines|results|tests)/[\w/.-]+)`", text))
    invented = {name for name in named if "/my_" in name}
    assert len(invented) == 7
    for name in named - invented:
        assert (ROOT / name).exists(), name
    for name in invented:
        assert (ROOT / name).parent.is_dir(), name
    for about in registry.KINDS.values():
        assert about.package.replace(".", "/") in text
        assert f".{about.group.partition('.')[2]}`" in text


def test_the_citation_names_this_version() -> None:
    text = (ROOT / "CITATION.cff").read_text()
    assert f"version: {__version__}\n" in text
    assert f"## {__version__}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_every_data_file_is_in_the_package() -> None:
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert set(packaged) == {"harness", "benchmarks", "baselines", "results"}
    for name, patterns in packaged.items():
        inside = {path for pattern in patterns for path in (ROOT / name).glob(pattern)}
        data = {path for path in (ROOT / name).rglob("*") if path.suffix in (".csv", ".npz", ".txt", ".json")}
        left = {path for path in data - inside if (ROOT / name / "runs") not in path.parents}
        assert not left, left
