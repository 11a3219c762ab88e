"""The wheel, installed into an environment of its own and used from another folder (`tox -e package`)."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from harness import __version__

pytestmark = [pytest.mark.package, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
PACKAGES = ("harness", "benchmarks", "baselines", "results")
SMALL = ["--tasks", "0", "--demos", "4", "--steps", "10", "--batch-size", "8", "--episodes", "2"]

OUTSIDE = {
    "my_names": """
        NAME = "my_suite"
    """,
    "my_suite": """
        from my_names import NAME
        from benchmarks.suites.fake import FakeSuite

        SUITE = FakeSuite(name=NAME)
    """,
    "my_policy": """
        from baselines.policies.fake import Fake

        POLICY = Fake(name="my-policy")
    """,
    "my_method": """
        from dataclasses import replace
        from harness.core import registry

        METHOD = replace(registry.find("method", "steer"), name="my-steer")
    """,
    "my_selector": """
        from dataclasses import replace
        from harness.core import registry

        SELECTOR = replace(registry.find("selector", "random"), name="my-draw")
    """,
    "my_shift": """
        from benchmarks.variations.fake_shift import FakeShift

        class Shift(FakeShift):
            def refusal(self, task):
                return ""

        SHIFT = Shift((0.0, 0.05, 0.1), "plane widths", "state", name="my-shift")
    """,
}
"""Modules of somebody else, in the folder of the command."""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of a new environment with the wheel, which finds its dependencies in this one."""
    folder = tmp_path_factory.mktemp("package")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "runs", ".*")
        shutil.copytree(ROOT / package, folder / "source" / package, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.txt"):
        shutil.copy(ROOT / name, folder / "source" / name)
    pip = [sys.executable, "-m", "pip", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, folder / "source"], check=True)
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    found = folder / "venv" / "bin" / "python"
    wheel = next(folder.glob("*.whl"))
    subprocess.run([*pip, "--python", found, "install", "--no-deps", wheel], check=True)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    site.joinpath("dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    shutil.rmtree(folder / "source")
    return found


def run(python: Path, folder: Path, *command: str) -> str:
    """What a command prints that is given in `folder`; the checkout is not on its path."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "HARNESS_CACHE")
    }
    environment["XDG_CACHE_HOME"] = str(folder / "cache")
    done = subprocess.run(
        [python, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_files_are_inside(python: Path, tmp_path: Path) -> None:
    assert run(python, tmp_path, "-m", "harness", "--version") == f"steering-benchmark {__version__}\n"
    assert "harness.run" in run(python, tmp_path, "-m", "harness")
    site = Path(run(python, tmp_path, "-c", "import harness; print(harness.__file__)").strip()).parents[1]
    assert site.is_relative_to(python.parents[1])
    for package in PACKAGES:
        assert (site / package / "py.typed").exists()
    for name in (
        "harness/core/requirements.txt",
        "benchmarks/variations/instructions.csv",
        "baselines/checkpoints/pi0-small/model.safetensors",
    ):
        assert (site / name).read_bytes() == (ROOT / name).read_bytes()
    assert {file.name for file in (site / "results/published").glob("*.csv")} == {
        file.name for file in (ROOT / "results/published").glob("*.csv")
    }
    assert not (site / "results" / "runs").exists()
    assert not (site / "tests").exists()
    assert "pi0-small" in run(python, tmp_path, "-m", "harness.list", "policies")


def test_a_study_from_another_folder(python: Path, tmp_path: Path) -> None:
    flags = ["--suite", "fake", "--policy", "fake", "--method", "frozen", *SMALL, "--workers", "1"]
    assert "frozen" in run(python, tmp_path, "-m", "harness.run", *flags)
    (folder,) = (tmp_path / "results" / "runs").iterdir()
    assert len(folder.joinpath("episodes.jsonl").read_text().splitlines()) == 2
    tables = [list(csv.DictReader(file.open())) for file in sorted(folder.glob("*.csv"))]
    assert tables
    assert all(tables)
    assert "fake" in run(python, tmp_path, "-m", "harness.compare", str(folder))


def test_things_from_outside(python: Path, tmp_path: Path) -> None:
    for name, text in OUTSIDE.items():
        lines = [line.removeprefix(8 * " ") for line in text.splitlines()]
        tmp_path.joinpath(f"{name}.py").write_text("\n".join(lines))
    flags = ["--suite", "my_suite:SUITE", "--policy", "my_policy:POLICY", "--variations", "my_shift:SHIFT:2"]
    flags += ["--method", "frozen,my_method:METHOD", "--selector", "my_selector:SELECTOR", "--out", "run"]
    assert "my-shift" in run(python, tmp_path, "-m", "harness.run", *flags, *SMALL)
    lines = tmp_path.joinpath("run", "episodes.jsonl").read_text().splitlines()
    ids = {json.loads(line)["episode_id"] for line in lines}
    assert {name.partition("/")[2] for name in ids} == {
        f"my_suite.t0.i{init}.s0.{shift}" for init in (0, 1) for shift in ("none0", "my-shift2")
    }
    assert {name.partition(".my_suite")[0] for name in ids} == {"my-policy.frozen", "my-policy.my-steer"}
    assert all(json.loads(line)["status"] != "error" for line in lines), lines
    study = json.loads(tmp_path.joinpath("run", "study.json").read_text())
    assert (study["suite"], study["selector"], study["policy"]) == ("my_suite", "my-draw", "my-policy")
    assert "suite my_suite my_suite:SUITE" in study["references"]
    for name in ("my_suite:SUITE", "my_policy:POLICY", "my_shift:SHIFT"):
        flags = ["--suite", "my_suite:SUITE"] if name == "my_shift:SHIFT" else []
        assert "failed" not in run(python, tmp_path, "-m", "harness.check", name, *flags)
