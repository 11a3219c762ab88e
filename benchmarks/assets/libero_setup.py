"""Import LIBERO without its questions: a private configuration, and assets where we say.

`libero.libero` asks on standard input when its config.yaml is missing and looks for assets at import
and at build time; both are answered here, before the first import.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

import yaml

from benchmarks.assets import pro_objects
from harness.core.errors import UserError
from harness.core.versions import ANY_MUJOCO, MUJOCO, SIMULATORS


@cache
def libero_root() -> Path:
    """Folder of the installed `libero.libero` package, found without importing it."""
    spec = importlib.util.find_spec("libero")
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"libero is not installed; run: pip install --no-deps {' '.join(SIMULATORS)}")
    return Path(next(iter(spec.submodule_search_locations))) / "libero"


def check_mujoco() -> str:
    """The installed MuJoCo's version. Raises UserError where results would not be comparable."""
    try:
        found = version("mujoco")
    except PackageNotFoundError:
        found = "none"
    if found != MUJOCO and os.environ.get(ANY_MUJOCO) != "1":
        raise UserError(
            f"mujoco {found} is installed, but results are comparable on {MUJOCO} only; "
            f"pip install mujoco=={MUJOCO}, or pass --allow-mujoco-mismatch ({ANY_MUJOCO}=1)"
        )
    return found


def import_libero() -> ModuleType:
    """`libero.libero.envs`, imported without a question and with the objects of LIBERO-PRO."""
    check_mujoco()
    root = libero_root()
    if "LIBERO_CONFIG_PATH" not in os.environ:
        config = Path(tempfile.mkdtemp(prefix="libero-config-"))
        paths = {
            "benchmark_root": str(root),
            "bddl_files": str(root / "bddl_files"),
            "init_states": str(root / "init_files"),
            "datasets": str(config / "datasets"),
            "assets": str(root / "assets"),
        }
        (config / "config.yaml").write_text(yaml.safe_dump(paths))
        os.environ["LIBERO_CONFIG_PATH"] = str(config)
    quiet_robosuite()
    import libero.libero.envs

    pro_objects.register()
    return libero.libero.envs


@contextmanager
def libero_assets(path: Path) -> Iterator[ModuleType]:
    """While inside, LIBERO builds tasks with the meshes in `path`; gives `libero.libero.envs`.

    LIBERO takes meshes from its own folder or downloads them, and asks nobody else: the variable in which it
    keeps what it found is set, and put back (tests/benchmarks/test_libero_setup.py fails once it has a way).
    """
    envs = import_libero()
    import libero.libero as settings

    before = settings._assets_path_cache
    settings._assets_path_cache = str(path)
    try:
        yield envs
    finally:
        settings._assets_path_cache = before


def quiet_robosuite() -> None:
    """Silence robosuite's note about its private macros file, which a benchmark must not depend on."""
    logging.getLogger("robosuite_logs").setLevel(logging.ERROR)
