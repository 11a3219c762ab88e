"""Stand-ins for the other side of the engine's interfaces: a policy, its adaptation and a pool."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from baselines.methods import GROUPS
from harness.core import registry
from harness.engine.jobs import Job, JobResult
from harness.engine.worker import Worker
from harness.records.demo_store import DemoStore
from harness.study.names import look_up
from harness.study.options import parse
from harness.study.resolve import resolve
from harness.study.study import Study

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

DOUBLE = Path(__file__).parent / "double" / "baselines" / "adaptation.py"


@dataclass
class Adaptation:
    """The double of `baselines.adaptation`; notes what is adapted and fails when it is told to."""

    module: ModuleType
    calls: list[str] = field(default_factory=list)
    fail: Callable[[str], None] = lambda adapt_id: None

    def adapt(self, spec: str, method: str, demos: Any, asked: Any, **given: Any) -> dict[str, Any]:
        self.calls.append(given["adapt_id"])
        self.fail(given["adapt_id"])
        return dict(self.module.adapt(spec, method, demos, asked, **given))

    def method_groups(self) -> Any:
        return GROUPS

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)


class LocalPool:
    """Workers that work when they are waited for, the last one first or in any order; some die."""

    def __init__(self, study: Study, run: Path, store: DemoStore, size: int = 2) -> None:
        self.size = size
        self.workers = [Worker(study, run, store) for _ in range(size)]
        self.jobs: dict[int, Job] = {}
        self.dies: Callable[[Job], bool] = lambda job: False
        self.done: list[Job] = []
        self.shuffle: np.random.Generator | None = None

    def idle(self) -> Iterator[int]:
        yield from [worker for worker in range(self.size) if worker not in self.jobs]

    def submit(self, worker: int, job: Job) -> None:
        self.jobs[worker] = job

    def wait(self, timeout_s: float) -> list[tuple[int, JobResult]]:
        worker, job = list(self.jobs.items())[-1]
        if self.shuffle:
            worker, job = list(self.jobs.items())[self.shuffle.integers(len(self.jobs))]
        del self.jobs[worker]
        if self.dies(job):
            return [(worker, JobResult(lost="killed"))]
        self.done.append(job)
        return [(worker, self.workers[worker].work(job))]


@pytest.fixture
def adaptation(monkeypatch: pytest.MonkeyPatch) -> Adaptation:
    """Installed in place of `baselines.adaptation`; methods frozen, full and lora are known."""
    spec = importlib.util.spec_from_file_location("double", DOUBLE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "double", module)
    spec.loader.exec_module(module)
    double = Adaptation(module)
    names = registry.names
    monkeypatch.setattr(registry, "policy_side", lambda: double)
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
        asked = parse([*small, "--steps=5", *flags])
        return resolve(asked, look_up(asked), mujoco="")

    return make


@pytest.fixture
def store(tmp_path: Path) -> DemoStore:
    """An empty store of demonstrations."""
    return DemoStore(tmp_path / "cache", "fake", "none", 16, "fast", "1")


@pytest.fixture
def local_pool() -> type[LocalPool]:
    """The pool without processes."""
    return LocalPool
