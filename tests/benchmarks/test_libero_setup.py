"""The version that the benchmark is defined on."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from benchmarks.assets import libero_setup
from harness.core.errors import UserError
from harness.core.versions import ANY_MUJOCO, MUJOCO


def test_other_mujoco_is_refused_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ANY_MUJOCO, raising=False)
    monkeypatch.setattr(libero_setup, "version", lambda package: "3.4.0")
    with pytest.raises(
        UserError, match=rf"mujoco 3.4.0 .* pip install mujoco=={MUJOCO}.* --allow-mujoco-mismatch"
    ):
        libero_setup.check_mujoco()
    monkeypatch.setenv(ANY_MUJOCO, "1")
    assert libero_setup.check_mujoco() == "3.4.0"


def test_assets_are_lent_to_libero_and_taken_back(tmp_path: Path) -> None:
    """Remove `libero_assets` once LIBERO can be told where its assets are."""
    libero_setup.import_libero()
    import libero.libero as settings

    before = settings._assets_path_cache
    with libero_setup.libero_assets(tmp_path) as envs:
        assert settings.get_assets_path() == str(tmp_path)
        assert "libero_tabletop_manipulation" in envs.TASK_MAPPING
    assert settings._assets_path_cache == before
    assert not inspect.signature(settings.get_assets_path).parameters
    assert [name for name in dir(settings) if "assets" in name] == ["_assets_path_cache", "get_assets_path"]
