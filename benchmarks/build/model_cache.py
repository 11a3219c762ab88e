"""Compiled tasks on disk: robosuite builds a task once for each machine.

One NPZ file a task, with MuJoCo's binary model and the description as JSON and arrays, named by a hash of
everything that went into it. A file that is damaged, that of another task, or one that another user could
have written is built again; files are written whole or not at all, and those unused for longest make room.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

import mujoco
import numpy as np

from benchmarks.build.plain_values import Arrays, packed, unpacked
from benchmarks.sim import goals
from benchmarks.sim.arm_controller import Arm
from benchmarks.sim.compiled_task import CompiledTask, Description, Fixture
from benchmarks.sim.placement import Placement, Region
from benchmarks.sim.shared_arrays import share
from harness.core import arrays
from harness.core.files import is_own, whole_file
from harness.core.paths import cache_dir

VERSIONS = ("mujoco", "robosuite", "hf-libero", "bddl", "numpy")
SOURCES = (
    *("sim/compiled_task", "sim/arm_controller", "sim/goals", "sim/placement"),
    *("build/task_reader", "build/arm_reader", "build/goal_reader", "build/placement_reader"),
    *("build/model_cache", "build/plain_values"),
    "assets/pro_objects",
)
"""Modules of `benchmarks` whose classes and contents are in the files."""
LIMIT_BYTES = 12 * 2**30
"""Of a folder's files together; a task takes 100 to 270 MB."""
CLASSES = {
    kind.__name__: kind
    for kind in (
        *(Description, Arm, Fixture, Placement, Region),
        *(goals.Touching, goals.OnObject, goals.OverRegion, goals.InRegion, goals.Joints, goals.Raised),
        goals.Indicator,
    )
}
"""What a description may be made of."""
MODEL, ABOUT = "model", "about"
"""Names of the arrays with MuJoCo's binary model and with the JSON."""
Parts = Mapping[str, str | int]
"""Everything that a compilation depends on besides installed versions."""


def compiled(name: str, parts: Parts, build: Callable[[], CompiledTask]) -> CompiledTask:
    """The task that `build` compiles, from disk where an earlier call with the same `parts` left it.

    `name` is for people who look into the folder.
    """
    path = cache_dir() / "models" / f"{name}-{key(parts)}.npz"
    found = load(path)
    if found is None:
        found = build()
        with suppress(OSError):  # A full or read-only disk costs time, not the run.
            save(path, found)
            prune(path.parent, keep=path)
    share_pages(found.model, path.stem)
    return found


def share_pages(model: mujoco.MjModel, name: str) -> None:
    """Let processes that run this model, called `name`, hold its large arrays once."""
    path = cache_dir() / "pages" / f"{name}.pages"
    if share(model, path):
        prune(path.parent, keep=path)


def key(parts: Parts) -> str:
    """Hash of `parts`, of the versions and of the sources that they are compiled by."""
    whole: dict[str, object] = {"parts": dict(parts), "versions": {name: version(name) for name in VERSIONS}}
    whole |= {"machine": platform.machine(), "sources": _sources()}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:24]


@cache
def _sources() -> str:
    here = Path(__file__).parents[1]
    return hashlib.sha256(b"".join((here / f"{name}.py").read_bytes() for name in SOURCES)).hexdigest()


def save(path: Path, task: CompiledTask) -> None:
    """Write `task` to `path`, whole or not at all."""
    found: Arrays = {}
    about = json.dumps({"file": path.name, "description": packed(task.description, found)})
    with whole_file(path) as partial:
        mujoco.mj_saveModel(task.model, str(partial), None)
        model = np.fromfile(partial, np.uint8)
        with partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **{MODEL: model, ABOUT: np.array(about)}, **found)
        for place, mode in ((partial, 0o600), (path.parent, 0o700)):
            place.chmod(mode)  # see `load`


def load(path: Path) -> CompiledTask | None:
    """What `save` wrote; None where there is nothing, or nothing whole."""
    try:
        if not is_own(path):  # MuJoCo believes what a binary model says of itself
            return None
        found = arrays.read(path)
        about = json.loads(str(found[ABOUT]))
        description = unpacked(about["description"], found, CLASSES)
        if about["file"] != path.name or not isinstance(description, Description):
            return None
        model = mujoco.MjModel.from_binary_path("task.mjb", {"task.mjb": found[MODEL].tobytes()})
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    with suppress(OSError):
        path.touch()  # tells `prune` that it is in use
    return CompiledTask(model, description)


def prune(folder: Path, keep: Path, limit: int = LIMIT_BYTES) -> None:
    """Remove files unused for longest until all together take at most `limit` bytes."""
    files = sorted(folder.glob("[!.]*"), key=lambda file: file.stat().st_mtime, reverse=True)
    total = 0
    for file in files:
        total += file.stat().st_size
        if total > limit and file != keep:
            file.unlink(missing_ok=True)
