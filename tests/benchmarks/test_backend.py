"""Checks before anything else."""

from __future__ import annotations

import pytest

from benchmarks.render import backend
from harness.core.errors import UserError


def test_missing_library_is_answered_by_the_command_that_cures_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setattr(backend, "_loads", lambda library: False)
    with pytest.raises(UserError, match=r"^apt-get install -y \S+"):
        backend.rendering_backend()


def test_software_rendering_without_egl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setattr(backend, "_loads", lambda library: "OSMesa" in library)
    assert backend.rendering_backend() == "osmesa"


def test_what_the_environment_asks_for_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "osmesa")
    monkeypatch.setattr(backend, "_loads", lambda library: "OSMesa" not in library)
    with pytest.raises(UserError):
        backend.rendering_backend()
