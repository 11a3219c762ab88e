"""What a worker keeps between jobs, and what it gives back when a job goes wrong."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.suites.fake import SUITE, FakeSuite
from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.keys import EpisodeKey
from harness.engine.jobs import DemoJob, EpisodeJob
from harness.engine.policies import recent
from harness.engine.worker import Worker, loss_log
from harness.records.demo_store import DemoStore
from harness.study.study import Study


@pytest.fixture
def worker(make_study: Callable[..., Study], store: DemoStore, tmp_path: Path) -> Worker:
    return Worker(make_study("--tasks=0-3"), tmp_path, store)


def test_demonstrations_of_a_job_are_kept_with_their_failures(worker: Worker, store: DemoStore) -> None:
    attempts = worker.work(DemoJob(1, (11, 12, 13, 14))).value
    assert [attempt.success for attempt in attempts] == [True, True, False, True]
    assert list(store.attempts(1)) == list(attempts)
    assert not store.path(1, 13).exists()
    kept = store.load(1, 14)
    assert isinstance(kept, Demonstration)
    assert len(kept) == attempts[3].frames
    assert kept.seed == 14


def test_no_seed_is_demonstrated_twice(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    demonstrate = FakeSuite.demonstrate

    def spy(suite: FakeSuite, task_id: int, seeds: Any, **rest: Any) -> Any:
        return demonstrate(suite, task_id, (tried.append(seed) or seed for seed in seeds), **rest)

    monkeypatch.setattr(FakeSuite, "demonstrate", spy)
    worker.work(DemoJob(1, (12, 13)))
    worker.work(DemoJob(1, (12, 13, 14)))
    assert tried == [12, 13, 14]


def test_what_a_seed_yields_does_not_depend_on_its_company() -> None:
    settings = {"assets": "none", "image_size": 16, "render": "fast"}
    ((_, alone),) = SUITE.demonstrate(2, [5], **settings)
    *_, (seed, last) = SUITE.demonstrate(2, [3, 4, 5], **settings)
    assert seed == 5
    for name in ("state", "actions", "executed"):
        assert (getattr(alone, name) == getattr(last, name)).all()
    assert (alone.images["agentview"] == last.images["agentview"]).all()


def test_environments_are_compiled_once_and_few_are_kept(
    worker: Worker, make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[int] = []
    closed: list[int] = []
    make_env = FakeSuite.make_env

    def spy(suite: FakeSuite, task_id: int, **rest: Any) -> Any:
        built.append(task_id)
        env = make_env(suite, task_id, **rest)
        monkeypatch.setattr(env, "close", lambda: closed.append(task_id), raising=False)
        return env

    monkeypatch.setattr(FakeSuite, "make_env", spy)
    for task_id in (0, 1, 0, 2, 0, 3, 0):
        adapt = worker.study.adapt_key("frozen", task_id, 0)
        assert worker.work(EpisodeJob(EpisodeKey(adapt.adapt_id, "fake", task_id, 0, 0), adapt)).value
    assert built == [0, 1, 2, 3]
    assert closed == [1]


def test_a_broken_environment_is_an_error_and_bad_input_a_refusal(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapt = worker.study.adapt_key("frozen", 0, 0)
    job = EpisodeJob(EpisodeKey(adapt.adapt_id, "fake", 0, 0, 0), adapt)

    def broken(*_: Any, **__: Any) -> Any:
        raise OSError("no display")

    monkeypatch.setattr(FakeSuite, "make_env", broken)
    assert worker.work(job).error.startswith("OSError: no display (test_worker.py:")

    def refused(*_: Any, **__: Any) -> Any:
        raise UserError("assets lack a bowl")

    monkeypatch.setattr(FakeSuite, "make_env", refused)
    assert worker.work(job).refusal == "assets lack a bowl"


class PlainPolicy:
    """All that a policy needs, without `Policy` as its base."""

    name = "plain"
    horizon = 8

    def act(self, observations: Any, rngs: Any) -> Any:
        return np.zeros((len(observations), self.horizon, 7), np.float32)


def test_a_policy_need_not_say_what_computes_it(worker: Worker, adaptation: Any) -> None:
    adaptation.restore = lambda spec, adapter: PlainPolicy()
    adapt = worker.study.adapt_key("frozen", 0, 0)
    result = worker.work(EpisodeJob(EpisodeKey(adapt.adapt_id, "fake", 0, 0, 0), adapt))
    assert result.error == ""
    assert (result.value.status, result.value.device) == ("failure", "")


def test_the_one_unused_for_longest_makes_room() -> None:
    cache: OrderedDict[str, str] = OrderedDict()
    gone: list[str] = []
    for name in "abacab":
        recent(cache, name, lambda name=name: name.upper(), 2, gone.append)  # type: ignore[misc]
    assert gone == ["B", "C"]


def test_the_loss_log_always_has_the_last_step(tmp_path: Path) -> None:
    log = loss_log(tmp_path / "x.jsonl")
    for step in range(1, 6):
        log(step, 5, 1 / step)
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    assert lines[-1]["step"] == lines[-1]["steps"] == 5
    assert len(lines) == 1
