"""What is wrong is said with the command that cures it, and nothing stops the other checks."""

from __future__ import annotations

import json
import subprocess
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from harness import doctor
from harness.core.errors import UserError
from harness.doctor import Finding


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which every check passes at once."""
    for name in (
        "python",
        "packages",
        "libraries",
        "mujoco",
        "disk",
        "policy",
        "gpu",
        "ray",
        "robustness_suites",
    ):
        monkeypatch.setattr(doctor, name, lambda: "fine")
    monkeypatch.setattr(doctor, "assets", lambda spec: spec)
    monkeypatch.setattr(doctor, "simulator", lambda assets: iter([Finding("gripper", True, "opens")]))


@pytest.mark.usefixtures("healthy")
def test_a_line_for_every_check_and_status_1_if_one_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor.main(["--assets", "original"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert lines[-1] == "nothing is wrong"

    def broken() -> str:
        raise UserError("no driver; apt-get install driver")

    def surprising() -> str:
        raise RuntimeError("what\nis this")

    monkeypatch.setattr(doctor, "libraries", broken)
    monkeypatch.setattr(doctor, "gpu", surprising)
    assert doctor.main([]) == 1
    text = capsys.readouterr().out
    assert "WRONG libraries   no driver; apt-get install driver\n" in text
    assert "WRONG GPU         RuntimeError: what is this; pip install" in text
    assert "ok    gripper" in text
    assert text.endswith("2 wrong\n")


def test_bad_input_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main(["--nonsense"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_packages_are_compared_with_the_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# lock\nnumpy==1.2.3\nray==2.0\nuvicorn[standard]==0.1\n")
    monkeypatch.setattr(doctor, "LOCK", tmp_path / "requirements.txt")
    monkeypatch.setattr(doctor, "version", {"numpy": "1.2.3", "uvicorn": "0.1", "ray": "2.0"}.get)
    assert doctor.packages() == "all 3 as locked"
    monkeypatch.setattr(doctor, "version", {"numpy": "9.9", "uvicorn": "0.1"}.get)
    with pytest.raises(UserError, match=r"2 of 3 differ: numpy 9.9 \(not 1.2.3\), ray missing .*pip install"):
        doctor.packages()


def test_no_room_is_said_with_the_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARNESS_CACHE", raising=False)
    assert "GiB for results" in doctor.disk()
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: Namespace(free=2**20))
    with pytest.raises(UserError, match=r"0.0 GiB free at .* \(results\), 2.0 are needed; make room"):
        doctor.disk()


def test_a_driver_that_crashes_ends_its_own_process_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "rendering_backend", lambda: "egl")
    line = json.dumps({"check": "OpenGL", "passed": True, "text": "drew"})

    def crash(*_: Any, **__: Any) -> Any:
        return Namespace(stdout=f"noise\n{line}\n", stderr="hm\nsegmentation fault\n", returncode=-11)

    monkeypatch.setattr(subprocess, "run", crash)
    found = list(doctor.simulator("original"))
    assert found[0] == Finding("OpenGL", True, "drew")
    assert not found[1].passed
    assert "ended with status -11 (segmentation fault); set MUJOCO_GL=osmesa" in found[1].text
