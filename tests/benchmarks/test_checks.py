"""The checks of harness.doctor pass here and notice what they are there for."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from benchmarks import simulator_check
from benchmarks.render.renderer import drawn_by
from benchmarks.sim import simulation
from harness.core.errors import UserError


def test_images_and_quaternions_of_this_machine() -> None:
    assert simulator_check.opengl().startswith("drew 64 x 64")
    assert simulator_check.images() == "turned by 180 degrees once"
    assert simulator_check.quaternion() == "sign of w kept"


def test_images_turned_otherwise_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = simulator_check._frame()
    for wrong in (frame[::-1, ::-1], frame[::-1], frame[:, ::-1], np.rot90(frame)):
        monkeypatch.setattr(simulator_check, "_frame", lambda wrong=wrong: wrong)
        with pytest.raises(UserError, match="corners of the test image"):
            simulator_check.images()
    monkeypatch.setattr(simulator_check, "_frame", lambda scene: np.zeros_like(frame))
    with pytest.raises(UserError, match="the frame is empty"):
        simulator_check.opengl()


def test_a_picture_is_compared_where_the_renderer_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    name = drawn_by()
    drawn = hashlib.sha256(simulator_check._frame(simulator_check.PICTURE).tobytes()).hexdigest()
    monkeypatch.setattr(simulator_check, "DRAWN", {name: drawn})
    assert simulator_check.opengl().endswith(f"sha256 {drawn[:12]}, as {name} should")
    monkeypatch.setattr(simulator_check, "DRAWN", {name: "f" * 64})
    with pytest.raises(UserError, match=r"should draw ffffffffffff; pip install mujoco=="):
        simulator_check.opengl()
    monkeypatch.setattr(simulator_check, "DRAWN", {})
    assert simulator_check.opengl().endswith(f"unknown renderer {name}, not compared")


def test_a_flipped_quaternion_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = simulation.axis_angle
    monkeypatch.setattr(simulation, "axis_angle", lambda quat: right(-quat if quat[3] < 0 else quat))
    with pytest.raises(UserError, match=r"became 1.287 rad"):
        simulator_check.quaternion()


def test_a_check_that_fails_is_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> str:
        raise OSError("no\ndisplay")

    assert not simulator_check.report("OpenGL", broken)
    line = json.loads(capsys.readouterr().out)
    assert line == {"check": "OpenGL", "passed": False, "text": "OSError: no display"}


def test_an_unknown_flag_of_the_check_is_one_line(capsys):
    assert simulator_check.main(["--nope"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
