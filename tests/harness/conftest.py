"""Stand-ins for the other side of the engine's interfaces: a policy, its adaptation and a pool."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import registry
from harness.demostore import DemoStore
from harness.jobs import Finished, Job
from harness.options import parse
from harness.study import Study, resolve
from harness.types import ACTION_DIM, UserError
from harness.worker import Worker


@dataclass
class PointPolicy:
    """Moves towards the goal, the better the more it was trained."""

    skill: float
    name: str = "double"
    horizon: int = 8
    replan: int = 4
    image_size: int = 16
    render: str = "fast"
    assets: str = "builtin"

    def act(self, observations: Any, rngs: Any) -> Any:
        chunks = np.zeros((len(observations), self.horizon, ACTION_DIM), np.float32)
        for chunk, seen, rng in zip(chunks, observations, rngs, strict=True):
            away = self.skill * (seen.state[3:5] - seen.state[:2])
            chunk[:, :2] = np.clip(away + rng.normal(0.0, 0.2, 2), -1.0, 1.0)
        return chunks


@dataclass
class Adaptation:
    """Double of `baselines.adaptation` that counts its calls."""

    calls: list[str] = field(default_factory=list)
    fail: Callable[[str], None] = lambda adapt_id: None

    def describe(self, spec: str) -> dict[str, Any]:
        if spec != "double":
            raise UserError(f"unknown policy {spec!r}; known: double")
        policy = vars(PointPolicy(0.0))
        return {name: policy[name] for name in policy if name != "skill"} | {"sha256": "0", "total_params": 9}

    def adapt(self, spec: str, method: str, demos: Any, **given: Any) -> dict[str, Any]:
        self.calls.append(given["adapt_id"])
        self.fail(given["adapt_id"])
        if method != "frozen":
            given["adapter_path"].write_text(str(len(demos) / 10))
            given["progress"](given["steps"], given["steps"], 0.5)
        return {"trainable_params": len(demos), "gpu_hours": float("nan"), "cpu_core_hours": 0.25}

    def restore(self, spec: str, adapter: Path | None) -> PointPolicy:
        return PointPolicy(float(adapter.read_text()) if adapter else 0.0)


class LocalPool:
    """Workers that work when they are waited for, the last one first; some die."""

    def __init__(self, study: Study, run: Path, store: DemoStore, size: int = 2) -> None:
        self.size = size
        self.workers = [Worker(study, run, store) for _ in range(size)]
        self.jobs: dict[int, Job] = {}
        self.dies: Callable[[Job], bool] = lambda job: False
        self.done: list[Job] = []

    def idle(self) -> Iterator[int]:
        yield from [worker for worker in range(self.size) if worker not in self.jobs]

    def submit(self, worker: int, job: Job) -> None:
        self.jobs[worker] = job

    def wait(self, timeout_s: float) -> list[Finished]:
        worker, job = self.jobs.popitem()
        if self.dies(job):
            return [Finished(worker, job, None, "killed")]
        self.done.append(job)
        return [Finished(worker, job, self.workers[worker].work(job))]


@pytest.fixture
def adaptation(monkeypatch: pytest.MonkeyPatch) -> Adaptation:
    """Installed in place of `baselines.adaptation`; methods frozen, full and lora are known."""
    double = Adaptation()
    find, names = registry.module, registry.names
    monkeypatch.setattr(
        registry, "module", lambda path: double if path == "baselines.adaptation" else find(path)
    )
    methods = ["frozen", "full", "lora"]
    monkeypatch.setattr(registry, "names", lambda kind: methods if kind == "method" else names(kind))
    return double


@pytest.fixture
def make_study(adaptation: Adaptation) -> Callable[..., Study]:
    """A study of the fake suite from a command line."""

    def make(*flags: str) -> Study:
        small = [
            "--suite=fake",
            "--policy=double",
            "--method=all",
            "--tasks=0,2",
            "--demos=4",
            "--episodes=3",
        ]
        return resolve(parse([*small, "--steps=5", *flags]), mujoco="")

    return make


@pytest.fixture
def store(tmp_path: Path) -> DemoStore:
    """An empty store of demonstrations."""
    return DemoStore(tmp_path / "cache", "fake", "none", 16, "fast", "1")


@pytest.fixture
def local_pool() -> type[LocalPool]:
    """The pool without processes."""
    return LocalPool
