"""The version that the benchmark is defined on."""

from __future__ import annotations

import pytest

from benchmarks.assets import libero_setup
from harness.core.errors import UserError
from harness.core.versions import ANY_MUJOCO, MUJOCO


def test_other_mujoco_is_refused_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ANY_MUJOCO, raising=False)
    monkeypatch.setattr(libero_setup, "version", lambda package: "3.4.0")
    with pytest.raises(UserError, match=rf"mujoco 3.4.0 .* pip install mujoco=={MUJOCO}.* --any-mujoco"):
        libero_setup.check_mujoco()
    monkeypatch.setenv(ANY_MUJOCO, "1")
    assert libero_setup.check_mujoco() == "3.4.0"
